/** What can be wrong between card and server: each has its own error, and nothing of the card goes to a server that is not trusted. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startApache } from '../../support/apache.js';
import { TLS_VERSIONS } from '../../support/client-auth.js';
import { type ClientCard, createClientCard } from '../../support/client-card.js';
import { failure } from '../../support/failure.js';
import { createAuthority } from '../../support/loopback-https.js';
import { startNginx } from '../../support/nginx.js';
import { type NodeServer, startNode } from '../../support/node-server.js';
import { openClient, viaClient, viaHttps } from './requests.js';
import { servers } from './servers.js';

const authority = createAuthority();
const stranger = createAuthority('Somebody else');
let card: ClientCard;

beforeAll(async () => {
  card = await createClientCard(authority.issuer, ['rsa2048', 'p256']);
});
afterAll(() => card.close());

test.each(servers)('the card does nothing for %s with %s that is not trusted', async (_name, protocol, start) => {
  const server = await start({ identity: authority.identity(), clientCa: authority.pem, protocol });
  onTestFinished(() => server.stop());
  const before = card.signatures();
  const error = await failure(viaClient(server.url, card.identity('p256'), stranger));
  expect([error.code, error.hint]).toEqual(['TLS_UNTRUSTED', expect.stringContaining('--ca-file')]);
  expect(card.signatures() - before).toBe(0);
});

describe.each(TLS_VERSIONS)('%s: a server that takes any certificate', (protocol) => {
  const startLenient = async () => {
    const server = await startNode({ identity: authority.identity(), clientCa: authority.pem, protocol, lenient: true });
    onTestFinished(() => server.stop());
    return server;
  };

  const certificatesAt = async (server: NodeServer) => {
    await server.drained();
    return server.shown().filter((subject) => subject !== undefined);
  };

  test('is shown the certificate of the card when it is trusted', async () => {
    const server = await startLenient();
    await viaHttps(server.url, card.identity('p256'), authority);
    expect(await certificatesAt(server)).toEqual(['CN=p256']);
  });

  test('is shown no certificate when it is not trusted', async () => {
    const server = await startLenient();
    const error = await failure(viaClient(server.url, card.identity('p256'), stranger));
    expect(error.code).toBe('TLS_UNTRUSTED');
    expect(await certificatesAt(server)).toEqual([]);
  });

  test('is not asked with an expired certificate', async () => {
    const server = await startLenient();
    const before = card.signatures();
    const error = await failure(viaClient(server.url, card.identityWith('p256', { days: -1 }), authority));
    expect([error.code, error.hint]).toEqual(['CERTIFICATE_EXPIRED', expect.any(String)]);
    expect([card.signatures() - before, await certificatesAt(server)]).toEqual([0, []]);
  });

  test.each(['ec', 'rsa'] as const)('is not asked with the certificate of another key (%s)', async (kind) => {
    const server = await startLenient();
    const before = card.signatures();
    const error = await failure(viaClient(server.url, card.identityWith('p256', { publicKey: otherKey(kind) }), authority));
    expect([error.code, error.hint]).toEqual(['KEY_MISMATCH', expect.any(String)]);
    expect([card.signatures() - before, await certificatesAt(server)]).toEqual([0, []]);
  });
});

describe.each(TLS_VERSIONS)('%s: a certificate of a CA that the server does not know', (protocol) => {
  const options = { identity: authority.identity(), clientCa: authority.pem, protocol };
  const strange = (type: 'rsa2048' | 'p256' = 'p256') => card.identityWith(type, { issuer: stranger.issuer });

  test('is refused by nginx with a page', async () => {
    const server = await startNginx(options);
    onTestFinished(() => server.stop());
    const { status, body } = await openClient(authority).request({ method: 'GET', url: new URL(server.url), identity: strange() });
    expect([status, body.toString()]).toEqual([400, expect.stringContaining('SSL certificate error')]);
  });

  test.each(['rsa2048', 'p256'] as const)('is refused by apache with an alert (%s key)', async (type) => {
    const server = await startApache(options);
    onTestFinished(() => server.stop());
    const error = await failure(viaClient(server.url, strange(type), authority));
    expect([error.code, error.hint]).toEqual(['CLIENT_CERTIFICATE_REFUSED', expect.any(String)]);
    expect(error.details.alert).toMatch(/unknown.ca/i);
  });

  test('is refused by Node without a word: the connection is cut', async () => {
    const server = await startNode(options);
    onTestFinished(() => server.stop());
    const error = await failure(viaClient(server.url, strange(), authority));
    expect([error.code, error.message, error.hint]).toEqual([
      'NETWORK',
      expect.stringContaining('was cut after the card had signed'),
      expect.stringContaining('may not accept the certificate'),
    ]);
    expect(error.details.signatures).toBe(1);
  });
});

function otherKey(kind: 'ec' | 'rsa'): Buffer {
  const pair = kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return pair.publicKey.export({ type: 'spki', format: 'der' });
}
