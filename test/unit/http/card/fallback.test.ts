/** Requests with a card where the addon is missing: curl for cards that another program can open, after the server was proven; otherwise an error. */
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import type { CurlRequest } from '../../../../src/http/curl.js';
import { Secret } from '../../../../src/secret.js';
import type { ClientIdentity } from '../../../../src/signer.js';
import { type CardServer, startCardServer } from '../../../support/card-server.js';
import { failure } from '../../../support/failure.js';
import { testClient } from '../../../support/http-client.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { softwareIdentity } from '../../../support/software-identity.js';

// The addon is there in every checkout; curl with a card has a suite of its own.
vi.mock('../../../../src/native.js', async (original) => ({
  ...(await original<typeof import('../../../../src/native.js')>()),
  loadNative: () => {
    throw new LyncauthError('ADDON_MISSING', 'the addon is not built', { hint: 'build it' });
  },
}));
const curl = vi.hoisted(() => ({ requests: [] as [CurlRequest, ClientIdentity][] }));
vi.mock('../../../../src/http/curl.js', async (original) => ({
  ...(await original<typeof import('../../../../src/http/curl.js')>()),
  requestWithCurl: async (...request: [CurlRequest, ClientIdentity]) => {
    curl.requests.push(request);
    return { status: 200, headers: {}, body: Buffer.from('by curl') };
  },
}));

const authority = createAuthority();
const clients = createAuthority('Clients');
let told: string[] = [];

afterEach(() => {
  told = [];
  curl.requests.length = 0;
});

async function server(identity = authority.identity(), version?: 'TLSv1.3'): Promise<CardServer> {
  const started = await startCardServer({ identity, clientCa: clients.pem, ...(version && { version }) });
  onTestFinished(() => started.stop());
  return started;
}

const client = () => testClient(authority, { tell: (text) => told.push(text) });

const external = { modulePath: '/usr/lib/module.so', uri: 'pkcs11:token=a', pin: new Secret('271828') };

test('a card that another program can open goes through curl, which is said once', async () => {
  const one = await server();
  const identity = { ...softwareIdentity(clients.issuer), external };
  const http = client();
  for (let i = 0; i < 2; i++) {
    const response = await http.request({ method: 'POST', url: one.url, identity, body: 'a=b', maxVersion: 'TLSv1.2' });
    expect(response.body.toString()).toBe('by curl');
  }
  expect(told).toEqual([expect.stringContaining('curl')]);
  const [request, used] = curl.requests[0] as [CurlRequest, ClientIdentity];
  expect(used).toBe(identity);
  expect(request).toMatchObject({ method: 'POST', body: 'a=b', timeoutMs: 5000, maxBytes: 1024 * 1024, maxVersion: 'TLSv1.2' });
  expect(request.server.leaf.byteLength).toBeGreaterThan(100);
  await one.left();
  expect(identity.asked).toEqual([]);
});

test('a server that is not trusted is not talked to by curl', async () => {
  const one = await server(createAuthority('Somebody else').identity());
  const identity = { ...softwareIdentity(clients.issuer), external };
  expect(await failure(client().request({ method: 'GET', url: one.url, identity }))).toMatchObject({ code: 'TLS_UNTRUSTED' });
  expect(curl.requests).toEqual([]);
});

test('a card that only this program can open is an error that says how to get the addon, before anything is sent', async () => {
  const one = await server();
  const error = await failure(client().request({ method: 'GET', url: one.url, identity: softwareIdentity(clients.issuer) }));
  expect(error).toMatchObject({ code: 'ADDON_MISSING', hint: 'build it', details: { requestSent: false } });
  expect([curl.requests, one.received]).toEqual([[], []]);
});

test('a key that needs TLS 1.2 is told for curl as well, and a server that takes TLS 1.3 only is told from others', async () => {
  const one = await server(authority.identity(), 'TLSv1.3');
  const identity = { ...softwareIdentity(clients.issuer, { kind: 'rsa2048', pss: false }), external };
  expect(await failure(client().request({ method: 'GET', url: one.url, identity }))).toMatchObject({
    code: 'NETWORK',
    message: expect.stringContaining('takes TLS 1.3 only'),
    details: { requestSent: false },
  });
  expect(told).toEqual([expect.stringContaining('RSA-PSS')]);
  expect(curl.requests).toEqual([]);
});
