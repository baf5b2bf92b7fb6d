/** The HTTPS client where the addon is missing: curl takes its place, for servers that the client itself has proven. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { LyncauthError } from '../../src/errors.js';
import { createFaultyClientCard, type FaultyClientCard } from '../support/client-card.js';
import { bodyOf, clientOf, startAsking } from '../support/curl-desk.js';
import { failure } from '../support/failure.js';
import { testClient } from '../support/http-client.js';
import { createAuthority, type TestAuthority } from '../support/loopback-https.js';

// The addon is there for all other tests, which may run at the same time.
vi.mock('../../src/native.js', async (original) => ({
  ...(await original<typeof import('../../src/native.js')>()),
  loadNative: () => {
    throw new LyncauthError('ADDON_MISSING', 'the addon is not there');
  },
}));

const authority = createAuthority();
const identity = authority.identity();
let card: FaultyClientCard;
let told: string[];

beforeAll(async () => {
  card = await createFaultyClientCard(authority.issuer, ['rsa2048']);
});

afterAll(() => card.close());

beforeEach(() => {
  card.fault.clearLog();
  told = [];
});

/** A client that trusts `root` only. */
const client = (root: TestAuthority) => testClient(root, { env: process.env, timeoutMs: 20_000, tell: (text) => told.push(text) });

test.each(['TLSv1.2', 'TLSv1.3'] as const)('requests over %s go through curl, which is said once', async (version) => {
  const tls = { minVersion: version, maxVersion: version };
  const server = await startAsking(
    authority,
    identity,
    async (request, response) => response.end(`${await bodyOf(request)} from ${clientOf(request)}`),
    tls,
  );
  const http = client(authority);
  for (const body of ['one', 'two']) {
    const answer = await http.request({ method: 'POST', url: server.url, body, identity: card.identity('rsa2048') });
    expect([answer.status, answer.body.toString()]).toEqual([200, `${body} from rsa2048 ${version}`]);
  }
  expect(told).toEqual([expect.stringContaining('curl')]);
});

test('a server that the client does not trust never sees curl', async () => {
  const server = await startAsking(authority, identity, (_, response) => response.end());
  const untrusted = client(createAuthority('Somebody else')).request({
    method: 'GET',
    url: server.url,
    identity: card.identity('rsa2048'),
  });
  expect((await failure(untrusted)).code).toBe('TLS_UNTRUSTED');
  expect(card.fault.calls('C_Login')).toEqual([]);
});

test('a card that only we can open needs the addon', async () => {
  const server = await startAsking(authority, identity, (_, response) => response.end());
  const { certificate, signer } = card.identity('rsa2048');
  const alone = client(authority).request({ method: 'GET', url: server.url, identity: { certificate, signer } });
  expect((await failure(alone)).code).toBe('ADDON_MISSING');
  expect(told).toEqual([]);
});
