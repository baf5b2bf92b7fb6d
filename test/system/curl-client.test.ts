/** The HTTPS client where the addon is missing: curl takes its place, for servers that the client itself has proven. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { LyncauthError } from '../../src/errors.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import { type ClientCard, openClientCard } from '../support/client-card.js';
import { bodyOf, clientOf, startAsking } from '../support/curl-desk.js';
import { failure } from '../support/failure.js';
import { createFault, type Fault } from '../support/fault-module.js';
import { createAuthority, type TestAuthority } from '../support/loopback-https.js';
import { createToken, type TestToken } from '../support/softhsm.js';

// The addon is there for all other tests, which may run at the same time.
vi.mock('../../src/native.js', async (original) => ({
  ...(await original<typeof import('../../src/native.js')>()),
  loadNative: () => {
    throw new LyncauthError('ADDON_MISSING', 'the addon is not there');
  },
}));

const authority = createAuthority();
const identity = authority.identity();
let token: TestToken;
let fault: Fault;
let card: ClientCard;
let told: string[];

beforeAll(async () => {
  token = createToken();
  fault = createFault({ token });
  card = await openClientCard({ modulePath: fault.modulePath, label: token.label, pin: token.pin, env: fault.env }, authority.issuer, [
    'rsa2048',
  ]);
});

afterAll(() => {
  card.close();
  fault.remove();
  token.remove();
});

beforeEach(() => {
  fault.clearLog();
  told = [];
});

/** A client that trusts `root` only. */
function client({ pem }: TestAuthority): HttpClient {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-client-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'ca.pem'), pem);
  const made = createHttpClient({ caFile: join(dir, 'ca.pem'), env: process.env, timeoutMs: 20_000, tell: (text) => told.push(text) });
  onTestFinished(() => made.close());
  return made;
}

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
  expect(fault.calls('C_Login')).toEqual([]);
});

test('a card that only we can open needs the addon', async () => {
  const server = await startAsking(authority, identity, (_, response) => response.end());
  const { certificate, signer } = card.identity('rsa2048');
  const alone = client(authority).request({ method: 'GET', url: server.url, identity: { certificate, signer } });
  expect((await failure(alone)).code).toBe('ADDON_MISSING');
  expect(told).toEqual([]);
});
