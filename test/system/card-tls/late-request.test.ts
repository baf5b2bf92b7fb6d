/** Apache asks for the certificate late: for one path, after it has read the request. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApache } from '../../support/apache.js';
import type { ClientAuthServer } from '../../support/client-auth.js';
import { type ClientCard, createClientCard } from '../../support/client-card.js';
import { createAuthority } from '../../support/loopback-https.js';
import { openClient, viaClient, viaHttps } from './requests.js';

const authority = createAuthority();
const options = { identity: authority.identity(), clientCa: authority.pem, late: true };
let card: ClientCard;
let older: ClientAuthServer;
let both: ClientAuthServer;

beforeAll(async () => {
  card = await createClientCard(authority.issuer, ['rsa2048', 'p256']);
  older = await startApache({ ...options, protocol: 'TLSv1.2' });
  both = await startApache(options);
});
afterAll(async () => {
  card.close();
  await Promise.all([older, both].map((server) => server.stop()));
});

const KEYS = ['rsa2048', 'p256'] as const;
const WAYS = { 'https.request': viaHttps, "the program's client": viaClient };
const cases = KEYS.flatMap((type) => Object.entries(WAYS).map(([name, request]) => [type, name, request] as const));

test.each(cases)('TLS 1.2: a renegotiation names the holder of a %s key to %s, after one signature', async (type, _name, request) => {
  const before = card.signatures();
  const answer = await request(`${older.url}/late`, card.identity(type), authority);
  expect(answer).toEqual({ status: 200, client: `CN=${type}`, protocol: 'TLSv1.2' });
  expect(card.signatures() - before).toBe(1);
});

test.each(KEYS)('TLS 1.3: the client goes back to TLS 1.2 once, says so, and remembers it for the server (%s key)', async (type) => {
  const before = card.signatures();
  const told: string[] = [];
  const client = openClient(authority, (text) => told.push(text));
  const get = async () => {
    const { status, headers } = await client.request({ method: 'GET', url: new URL(`${both.url}/late`), identity: card.identity(type) });
    return [status, headers['x-client'], headers['x-protocol']];
  };
  expect(await get()).toEqual([200, `CN=${type}`, 'TLSv1.2']);
  expect(card.signatures() - before).toBe(1);
  expect(told).toEqual([expect.stringMatching(/TLS 1\.2/)]);
  expect(await get()).toEqual([200, `CN=${type}`, 'TLSv1.2']);
  expect(told).toHaveLength(1);
});

test('TLS 1.3: a request with a body goes back to TLS 1.2 as well, since 403 says that it was not acted on', async () => {
  const client = openClient(authority);
  const request = { method: 'POST', url: new URL(`${both.url}/late`), body: 'hello', identity: card.identity('p256') } as const;
  const { status, headers } = await client.request(request);
  expect([status, headers['x-client'], headers['x-protocol']]).toEqual([200, 'CN=p256', 'TLSv1.2']);
});

test('TLS 1.3: a path that wants no certificate is answered without a signature', async () => {
  const before = card.signatures();
  const answer = await viaClient(`${both.url}/`, card.identity('p256'), authority);
  expect(answer).toMatchObject({ status: 200, protocol: 'TLSv1.3' });
  expect(card.signatures() - before).toBe(0);
});

test('a client limited to TLS 1.2 is asked at once and tells nothing', async () => {
  const told: string[] = [];
  const client = openClient(authority, (text) => told.push(text));
  const request = { method: 'GET', url: new URL(`${both.url}/late`), identity: card.identity('p256'), maxVersion: 'TLSv1.2' } as const;
  const { status, headers } = await client.request(request);
  expect([status, headers['x-client'], told]).toEqual([200, 'CN=p256', []]);
});
