/** The two connections of a request with a card, against real TLS servers: who gets what, and what an error says. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createSecureContext, type SecureContext } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { type CardConnection, connectWithCard } from '../../../../src/http/card/connection.js';
import { proveServer } from '../../../../src/http/server-proof.js';
import type { ConnectOptions } from '../../../../src/http/tls-attempt.js';
import type { ClientIdentity } from '../../../../src/signer.js';
import { selfSigned } from '../../../../src/x509/issue-certificate.js';
import { encodePem } from '../../../../src/x509/pem.js';
import { type CardServer, type CardServerOptions, rsaServer, startCardServer } from '../../../support/card-server.js';
import { failure } from '../../../support/failure.js';
import { createAuthority, type ServerIdentity } from '../../../support/loopback-https.js';
import { startTcp } from '../../../support/loopback-tcp.js';
import { type SoftwareIdentity, type SoftwareKind, slowly, softwareIdentity } from '../../../support/software-identity.js';

const authority = createAuthority();
const stranger = createAuthority('Somebody else');
const clients = createAuthority('Clients');
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

async function server(options: Partial<CardServerOptions> = {}): Promise<CardServer> {
  const started = await startCardServer({ identity: authority.identity(), clientCa: clients.pem, ...options });
  onTestFinished(() => started.stop());
  return started;
}

function options(more: Partial<ConnectOptions> = {}): ConnectOptions {
  const ca = [authority.pem];
  return { ca, secureContext: createSecureContext({ ca }), proxy: undefined, connectMs: 5000, ...more };
}

async function open(url: URL, identity: ClientIdentity, more: Partial<ConnectOptions> = {}): Promise<CardConnection> {
  const connection = await connectWithCard(url, identity, options(more));
  onTestFinished(() => void connection.socket.destroy());
  return connection;
}

/** A different certificate on each connection, the last one from then on. */
function swapping(...identities: ServerIdentity[]): {
  SNICallback: (name: string, done: (error: null, context: SecureContext) => void) => void;
} {
  const contexts = identities.map(({ certificate, key }) => createSecureContext({ cert: certificate, key }));
  return { SNICallback: (_, done) => done(null, (contexts.length > 1 ? contexts.shift() : contexts[0]) as SecureContext) };
}

/** What a client sent: content type and, for handshake records in the clear, message type of each record (RFC 8446 sections 4 and 5.1). */
function recordsIn(bytes: Buffer): string[] {
  const records: string[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) records.push(`${bytes[at]}:${bytes[at + 5]}`);
  return records;
}

const CLIENT_HELLO_ALONE = ['22:1'];

/** Nothing of the card has reached the server: no signature, no certificate. */
async function expectNothingOfTheCard(one: CardServer, identity: SoftwareIdentity): Promise<void> {
  await one.left();
  expect(identity.asked).toEqual([]);
  expect(one.shown.filter((subject) => subject !== undefined)).toEqual([]);
  for (const bytes of one.received) expect(bytes.includes(Buffer.from(identity.certificate))).toBe(false);
}

describe.each(VERSIONS)('under %s', (version) => {
  test.each<SoftwareKind>(['rsa2048', 'p256', 'p384', 'p521'])('a %s key authenticates with one signature', async (kind) => {
    const identity = softwareIdentity(clients.issuer, { kind });
    const one = await server({ version });
    const { socket, cardKey, protocol } = await open(one.url, identity);
    expect({ authorized: socket.authorized, protocol, signatures: cardKey.signatures, failure: cardKey.failure }).toEqual({
      authorized: true,
      protocol: version,
      signatures: 1,
      failure: undefined,
    });
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toContain('200 OK');
    expect(one.shown.at(-1)).toBe(`CN=${kind}`);
  });

  test('a server of an unknown CA gets nothing of the card', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version, identity: stranger.identity() });
    const error = await failure(connectWithCard(one.url, identity, options()));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.hint).toContain('--ca-file');
    expect(one.received).toHaveLength(1);
    await expectNothingOfTheCard(one, identity);
  });

  test('a server with a certificate for another name gets nothing of the card', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version, identity: authority.identity({ dnsNames: ['other.test'], ipAddresses: [] }) });
    const error = await failure(connectWithCard(one.url, identity, options()));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.message).toContain('other.test');
    await expectNothingOfTheCard(one, identity);
  });

  test('a server with an expired certificate gets nothing of the card', async () => {
    const identity = softwareIdentity(clients.issuer);
    const [notBefore, notAfter] = [new Date(Date.now() - 172_800_000), new Date(Date.now() - 86_400_000)];
    const one = await server({ version, identity: authority.identity({ notBefore, notAfter }) });
    const error = await failure(connectWithCard(one.url, identity, options()));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.message).toContain('expired');
    await expectNothingOfTheCard(one, identity);
  });

  test.each([
    ['of an unknown CA', () => stranger.identity()],
    ['of the same CA for the same name', () => authority.identity()],
  ])('a server that shows a second certificate %s gets no byte after the greeting', async (_, second) => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version, tls: swapping(authority.identity(), second()) });
    const error = await failure(connectWithCard(one.url, identity, options()));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.message).toContain('showed one certificate first and then another');
    await expectNothingOfTheCard(one, identity);
    expect(recordsIn(one.received[1] as Buffer)).toEqual(CLIENT_HELLO_ALONE);
    expect(recordsIn(one.received[0] as Buffer).length).toBeGreaterThan(1);
  });

  test('the error that the signer throws is the error of the connection', async () => {
    const thrown = new LyncauthError('PIN_INCORRECT', 'the PIN is wrong', { hint: 'look it up', details: { pinState: 'low' } });
    const identity = softwareIdentity(clients.issuer, {
      signSync: () => {
        throw thrown;
      },
    });
    const one = await server({ version });
    const error = await failure(connectWithCard(one.url, identity, options()));
    expect(error).toMatchObject({ code: 'PIN_INCORRECT', message: 'the PIN is wrong', hint: 'look it up' });
    expect(error.details).toEqual({ pinState: 'low', requestSent: false });
    expect(identity.asked).toHaveLength(1);
  });

  test('an error of the signer without a type is a failure of the card, not of the network', async () => {
    const identity = softwareIdentity(clients.issuer, {
      signSync: () => {
        throw new Error('CKR_SURPRISE');
      },
    });
    const one = await server({ version });
    const error = await failure(connectWithCard(one.url, identity, options()));
    expect(error).toMatchObject({ code: 'CARD_FAILED', details: { requestSent: false } });
    expect(error.message).toContain('CKR_SURPRISE');
  });

  test.each<[SoftwareKind, number]>([
    ['rsa2048', 0],
    ['rsa2048', 300],
    ['p256', 0],
    ['p256', 300],
  ])('what a %s key returns instead of a signature, %i bytes, is a failure of the card', async (kind, length) => {
    const identity = softwareIdentity(clients.issuer, { kind, signSync: () => Buffer.alloc(length, 0x30) });
    const one = await server({ version });
    expect(await failure(connectWithCard(one.url, identity, options()))).toMatchObject({ code: 'CARD_FAILED' });
  });

  test('a card that takes longer than the time limit for connecting is waited for', async () => {
    const identity = softwareIdentity(clients.issuer, { signSync: slowly(600) });
    const one = await server({ version });
    const { cardKey } = await open(one.url, identity, { connectMs: 400 });
    expect(cardKey.signatures).toBe(1);
  });

  test('a server that does not ask for a certificate gets none', async () => {
    const identity = softwareIdentity(clients.issuer);
    const started = await startCardServer({ identity: authority.identity(), version });
    onTestFinished(() => started.stop());
    const { cardKey, protocol, socket } = await open(started.url, identity);
    expect([protocol, cardKey.signatures]).toEqual([version, 0]);
    socket.destroy();
    await expectNothingOfTheCard(started, identity);
  });

  test('a signal that aborts ends the attempt', async () => {
    const controller = new AbortController();
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version });
    const connecting = failure(connectWithCard(one.url, identity, options({ signal: controller.signal })));
    controller.abort();
    expect(await connecting).toMatchObject({ code: 'INTERRUPTED', details: { requestSent: false } });
    await expectNothingOfTheCard(one, identity);
  });

  test('a socket closes when the server ends the connection', async () => {
    const one = await server({ version, listener: (_, response) => response.writeHead(200, { Connection: 'close' }).end() });
    const { socket } = await open(one.url, softwareIdentity(clients.issuer));
    socket.resume().write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');
    expect(socket.errored).toBeNull();
    await one.left();
  });

  test('the key is forgotten when the socket closes', async () => {
    const identity = softwareIdentity(clients.issuer);
    const { socket, cardKey } = await open((await server({ version })).url, identity);
    expect(() => createSecureContext({ cert: cardKey.cert, key: cardKey.key })).not.toThrow();
    await new Promise((closed) => socket.once('close', closed).destroy());
    expect(() => createSecureContext({ cert: cardKey.cert, key: cardKey.key })).toThrow();
  });
});

describe('a server', () => {
  test('is found by its address as well', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server();
    const { socket } = await open(new URL(`https://127.0.0.1:${one.url.port}/`), identity);
    expect(socket.authorized).toBe(true);
  });

  test('that proved itself is known with its issuers, which are then trusted alone', async () => {
    const one = await server();
    const others = Array.from({ length: 3 }, (_, i) => createAuthority(`Other ${i}`).pem);
    const ca = [...others, authority.pem];
    const { leaf, issuers, protocol } = await proveServer(one.url, options({ ca, secureContext: createSecureContext({ ca }) }));
    expect(leaf).toBeInstanceOf(Buffer);
    expect(issuers).toEqual([Buffer.from(authority.issuer.certificate)]);
    expect(protocol).toBe('TLSv1.3');
  });

  test('that a file vouches for by its own certificate is proven without issuers', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const [notBefore, notAfter] = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)];
    const own = selfSigned({ subject: 'CN=server', notBefore, notAfter, dnsNames: ['localhost'] }, key);
    const certificate = encodePem('CERTIFICATE', own);
    const one = await server({ identity: { certificate, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() } });
    const ca = [authority.pem, certificate];
    const trusting = options({ ca, secureContext: createSecureContext({ ca }) });
    expect(await proveServer(one.url, trusting)).toMatchObject({ leaf: own, issuers: [] });
    const { socket } = await open(one.url, softwareIdentity(clients.issuer), trusting);
    expect(socket.authorized).toBe(true);
  });

  test('that does not speak TLS is a network error', async () => {
    const port = await startTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const identity = softwareIdentity(clients.issuer);
    const error = await failure(connectWithCard(new URL(`https://localhost:${port}`), identity, options()));
    expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  });

  test('that says nothing is a time-out', async () => {
    const port = await startTcp(() => {});
    const identity = softwareIdentity(clients.issuer);
    const error = await failure(connectWithCard(new URL(`https://localhost:${port}`), identity, options({ connectMs: 100 })));
    expect(error).toMatchObject({ code: 'TIMEOUT', details: { requestSent: false } });
    expect(error.message).toBe(`localhost:${port} could not be connected to within 0.1 seconds`);
  });

  test('that hangs up is a network error', async () => {
    const port = await startTcp((socket) => socket.once('data', () => socket.destroy()));
    const identity = softwareIdentity(clients.issuer);
    const error = await failure(connectWithCard(new URL(`https://localhost:${port}`), identity, options()));
    expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  });

  // RSA key transport: only the end of the handshake shows that the server could read what was sent to it.
  test.each([
    ['ends the handshake without one', false, 1],
    ['takes clients without one', true, 2],
  ])('that cannot prove in time that it holds its key gets no signature, when it %s', async (_, lenient, connections) => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ identity: rsaServer(authority), version: 'TLSv1.2', lenient, tls: { ciphers: 'AES128-GCM-SHA256' } });
    expect(await failure(connectWithCard(one.url, identity, options()))).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('static RSA'),
      hint: 'ask who runs the server to allow cipher suites with ECDHE',
      details: { requestSent: false },
    });
    expect(one.received).toHaveLength(connections);
    await expectNothingOfTheCard(one, identity);
  });
});

describe('a key', () => {
  test('that cannot make PSS signatures is used under TLS 1.2 with PKCS #1', async () => {
    const identity = softwareIdentity(clients.issuer, { kind: 'rsa2048', pss: false });
    const one = await server();
    const { protocol } = await open(one.url, identity);
    expect(protocol).toBe('TLSv1.2');
    expect(identity.asked.map(({ kind }) => kind)).toEqual(['rsa-pkcs1']);
    expect(one.shown.at(-1)).toBe('CN=rsa2048');
  });

  test('that cannot make PSS signatures does not go with a server that takes TLS 1.3 only, which is said', async () => {
    const identity = softwareIdentity(clients.issuer, { kind: 'rsa2048', pss: false });
    const one = await server({ version: 'TLSv1.3' });
    expect(await failure(connectWithCard(one.url, identity, options()))).toMatchObject({
      code: 'NETWORK',
      message: `${one.url.host} takes TLS 1.3 only, and the card cannot make the signatures that TLS 1.3 needs (RSA-PSS)`,
      hint: 'ask who runs the server to allow TLS 1.2',
      details: { requestSent: false },
    });
  });

  test('with a certificate for another key is refused before anything is sent', async () => {
    const other = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).export({ type: 'spki', format: 'der' });
    const one = await server();
    const error = await failure(connectWithCard(one.url, softwareIdentity(clients.issuer, { certified: other }), options()));
    expect(error.code).toBe('KEY_MISMATCH');
    expect(one.received).toEqual([]);
  });
});
