/** curl in place of the addon: what goes wrong with servers, cards and curl itself, and that nothing is shown to a server that was not proven. */
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { requestWithCurl } from '../../src/http/curl.js';
import { BUILD_ADDON_HINT } from '../../src/native.js';
import { Secret } from '../../src/secret.js';
import type { ClientIdentity } from '../../src/signer.js';
import { startApache } from '../support/apache.js';
import { rsaServer } from '../support/card-server.js';
import { createFaultyClientCard, type FaultyClientCard } from '../support/client-card.js';
import { clientOf, requestTo, runningCurls, startAsking } from '../support/curl-desk.js';
import { failure } from '../support/failure.js';
import { createAuthority, listen, type ServerIdentity } from '../support/loopback-https.js';

const authority = createAuthority();
const stranger = createAuthority('Somebody else');
const identity = authority.identity();
let card: FaultyClientCard;

beforeAll(async () => {
  card = await createFaultyClientCard(authority.issuer, ['p256']);
});

afterAll(() => card.close());

beforeEach(() => {
  card.fault.rules([]);
  card.fault.clearLog();
});

const start = (listener: Parameters<typeof startAsking>[2], tls = {}) => startAsking(authority, identity, listener, tls);
const hello = () => start((request, response) => response.end(clientOf(request)));
const me = () => card.identity('p256');

/** The same identity, with a part of how another program opens the card replaced. */
function withExternal(change: Partial<NonNullable<ClientIdentity['external']>>): ClientIdentity {
  const { external, ...rest } = me();
  if (external === undefined) throw new Error('the card cannot be opened by others');
  return { ...rest, external: { ...external, ...change } };
}

async function tcpServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listen(server);
}

function folderWithCurl(script?: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-path-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'bin'));
  if (script !== undefined) writeFileSync(join(dir, 'bin/curl'), `#!/bin/sh\n${script}\n`);
  if (script !== undefined) chmodSync(join(dir, 'bin/curl'), 0o755);
  return join(dir, 'bin');
}

/** OpenSSL's own server, which wants a certificate from everybody. @returns its port */
async function startStaticRsa({ certificate, key }: ServerIdentity): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-static-rsa-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries({ certificate, key, root: authority.pem })) writeFileSync(join(dir, name), text);
  const trust = ['-CAfile', 'root', '-Verify', '1', '-tls1_2', '-cipher', 'AES128-GCM-SHA256'];
  const args = ['s_server', '-accept', '127.0.0.1:0', '-cert', 'certificate', '-key', 'key', '-www', ...trust];
  const server = spawn('openssl', args, { cwd: dir, stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void server.kill('SIGKILL'));
  let said = '';
  for await (const chunk of server.stdout) {
    said += chunk;
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`openssl s_server ended: ${said}`);
}

/** A way to `port` that keeps what clients send. */
async function relayTo(port: number): Promise<{ url: URL; sent(): Buffer }> {
  const chunks: Buffer[] = [];
  const relay = await tcpServer((client) => {
    client.on('data', (chunk) => chunks.push(chunk));
    client.pipe(connect(port, '127.0.0.1').on('error', () => {})).pipe(client);
  });
  return { url: new URL(`https://localhost:${relay}/`), sent: () => Buffer.concat(chunks) };
}

test('a server that shows the proven certificate gets ours, and one signature', async () => {
  const server = await start((request, response) => response.end(clientOf(request)), { maxVersion: 'TLSv1.2' });
  const { url, sent } = await relayTo(server.port);
  expect((await requestWithCurl(requestTo(server, { url }), me())).body.toString()).toBe('p256 TLSv1.2');
  expect(sent().includes(Buffer.from(me().certificate))).toBe(true);
  expect(card.fault.calls('C_Sign')).toHaveLength(1);
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a server that shows another certificate than the proven one (%s)', (version) => {
  test.each([
    ['of the same root and name', authority.identity()],
    ['of another root', stranger.identity()],
  ])('%s, gets neither certificate nor signature', async (_, other) => {
    const server = await startAsking(authority, other, (_request, response) => response.end(), {
      minVersion: version,
      maxVersion: version,
    });
    const { url, sent } = await relayTo(server.port);
    expect(await failure(requestWithCurl(requestTo(await hello(), { url }), me()))).toMatchObject({
      code: 'TLS_UNTRUSTED',
      message: `${url.host} shows another certificate than the one that was verified before`,
      details: { requestSent: false },
    });
    await expect.poll(() => server.refused).toEqual([expect.stringMatching(/ALERT_UNKNOWN_CA$/)]);
    expect(sent().includes(Buffer.from(me().certificate))).toBe(false);
    expect(card.fault.calls('C_Sign')).toEqual([]);
  });
});

describe('a server', () => {
  test('that refuses the connection is named', async () => {
    const server = await hello();
    const gone = requestTo(server, { url: new URL('https://localhost:1/') });
    expect(await failure(requestWithCurl(gone, me()))).toMatchObject({
      code: 'NETWORK',
      message: 'localhost:1 cannot be connected to',
      details: { requestSent: false },
    });
  });

  test('whose name is unknown is named', async () => {
    const nobody = requestTo(await hello(), { url: new URL('https://nobody.invalid/') });
    expect(await failure(requestWithCurl(nobody, me()))).toMatchObject({
      code: 'NETWORK',
      message: 'the name nobody.invalid cannot be found',
    });
  });

  test('that speaks no TLS is a network error', async () => {
    const port = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const error = await failure(requestWithCurl(requestTo(await hello(), { url: new URL(`https://localhost:${port}/`) }), me()));
    expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  });

  test('that never ends the handshake is given up, and nothing was sent', async () => {
    const port = await tcpServer(() => {});
    const silent = requestTo(await hello(), { url: new URL(`https://localhost:${port}/`), timeoutMs: 500 });
    expect(await failure(requestWithCurl(silent, me()))).toMatchObject({
      code: 'TIMEOUT',
      message: `localhost:${port} could not be connected to within 0.5 seconds`,
      details: { requestSent: false },
    });
  });

  test('that never answers is given up, and may have read the request', async () => {
    const server = await start(() => {});
    expect(await failure(requestWithCurl(requestTo(server, { timeoutMs: 500 }), me()))).toMatchObject({
      code: 'TIMEOUT',
      message: `${server.url.host} did not answer in full within 0.5 seconds`,
      details: { requestSent: true },
    });
  });

  test('that closes without an answer may have read the request', async () => {
    const server = await start((_, response) => response.destroy());
    expect(await failure(requestWithCurl(requestTo(server), me()))).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('that refuses the certificate over %s is told from one that fails', async (protocol) => {
    const server = await startApache({ identity, clientCa: stranger.pem, protocol });
    onTestFinished(() => server.stop());
    const { raw: leaf } = new X509Certificate(identity.certificate);
    expect(await failure(requestWithCurl(requestTo({ url: new URL(server.url), leaf }), me()))).toMatchObject({
      code: 'CLIENT_CERTIFICATE_REFUSED',
      details: { alert: 'unknown_ca', requestSent: protocol === 'TLSv1.3' },
    });
  });
});

describe('a server that exchanges keys by static RSA only', () => {
  test('gets neither certificate nor signature, since it proves who it is too late', async () => {
    const rsa = rsaServer(authority);
    const port = await startStaticRsa(rsa);
    const { url, sent } = await relayTo(port);
    const { raw: leaf } = new X509Certificate(rsa.certificate);
    const request = requestTo({ url, leaf }, { server: { leaf, signed: false } });
    expect(await failure(requestWithCurl(request, me()))).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('static RSA'),
      hint: expect.stringContaining('ECDHE'),
      details: { requestSent: false },
    });
    expect(sent().length).toBeGreaterThan(0);
    expect(sent().includes(Buffer.from(me().certificate))).toBe(false);
    expect(card.fault.calls('C_Sign')).toEqual([]);
  });
});

describe('an interruption', () => {
  test('ends curl while it waits', async () => {
    const interrupt = new AbortController();
    const server = await start(() => interrupt.abort());
    expect(await failure(requestWithCurl(requestTo(server, { signal: interrupt.signal }), me()))).toMatchObject({
      code: 'INTERRUPTED',
      details: { requestSent: true },
    });
    expect(runningCurls()).toEqual([]);
  });

  test('from before starts no curl', async () => {
    expect(await failure(requestWithCurl(requestTo(await hello(), { signal: AbortSignal.abort() }), me()))).toMatchObject({
      code: 'INTERRUPTED',
      details: { requestSent: false },
    });
    expect(card.fault.calls('C_Login')).toEqual([]);
  });
});

describe('the card', () => {
  test('is asked once for a PIN that it refuses', async () => {
    const refused = requestWithCurl(requestTo(await hello()), withExternal({ pin: new Secret('99887766') }));
    expect(await failure(refused)).toMatchObject({
      code: 'CARD_FAILED',
      message: 'the card refused the login of curl, after it had taken the same PIN from lyncauth',
      details: { requestSent: false, curl: 58 },
    });
    expect(card.fault.calls('C_Login')).toHaveLength(1);
  });

  test('that fails in the middle of the handshake is told from the server', async () => {
    card.fault.rules(['fail C_Sign CKR_DEVICE_REMOVED']);
    expect(await failure(requestWithCurl(requestTo(await hello()), me()))).toMatchObject({
      code: 'CARD_FAILED',
      details: { requestSent: false },
    });
  });

  test('that does not have the key is told from the server', async () => {
    const other = withExternal({ uri: `pkcs11:token=${encodeURIComponent(card.label)};id=%ff;type=private` });
    expect(await failure(requestWithCurl(requestTo(await hello()), other))).toMatchObject({ code: 'CARD_FAILED', details: { curl: 58 } });
  });

  test('whose driver hangs is given up, and curl with it', async () => {
    card.fault.rules(['delay C_Sign 600000']);
    expect((await failure(requestWithCurl(requestTo(await hello(), { timeoutMs: 300 }), me()))).code).toBe('TIMEOUT');
    expect(runningCurls()).toEqual([]);
  });

  test('with a certificate for another key is refused', async () => {
    const { publicKey } = new X509Certificate(identity.certificate);
    const wrong = card.identityWith('p256', { publicKey: publicKey.export({ type: 'spki', format: 'der' }) });
    expect((await failure(requestWithCurl(requestTo(await hello()), wrong))).code).toBe('KEY_MISMATCH');
    expect(card.fault.calls('C_Login')).toEqual([]);
  });

  test('with a certificate that has ended is not asked', async () => {
    const old = card.identityWith('p256', { days: -1 });
    expect((await failure(requestWithCurl(requestTo(await hello()), old))).code).toBe('CERTIFICATE_EXPIRED');
    expect(card.fault.calls('C_Login')).toEqual([]);
  });

  test('that only we can open needs the addon', async () => {
    const { certificate, signer } = me();
    const error = await failure(requestWithCurl(requestTo(await hello()), { certificate, signer }));
    expect(error).toMatchObject({ code: 'ADDON_MISSING', hint: expect.stringContaining('npm rebuild'), details: { requestSent: false } });
  });
});

describe('without', () => {
  const needs = { code: 'ADDON_MISSING', details: { requestSent: false } };

  test('curl, the hint says how to build the addon', async () => {
    const env = { ...process.env, PATH: folderWithCurl() };
    const error = await failure(requestWithCurl(requestTo(await hello(), { env }), me()));
    expect(error).toMatchObject({ ...needs, hint: BUILD_ADDON_HINT });
  });

  test('the engine, the hint names its package, and the card is not asked', async () => {
    const env = { ...process.env, OPENSSL_ENGINES: folderWithCurl() };
    const error = await failure(requestWithCurl(requestTo(await hello(), { env }), me()));
    expect(error).toMatchObject({ ...needs, hint: expect.stringContaining('libengine-pkcs11-openssl') });
    expect(card.fault.calls('C_Login')).toEqual([]);
  });

  test('OpenSSL in curl, it is not used', async () => {
    const env = { ...process.env, PATH: folderWithCurl('echo "curl 8.9.1 (Windows) libcurl/8.9.1 Schannel zlib/1.3"') };
    const error = await failure(requestWithCurl(requestTo(await hello(), { env }), me()));
    expect(error).toMatchObject({ ...needs, message: expect.stringContaining('its TLS library is not OpenSSL') });
  });

  test('a folder for temporary files, that is what is said', async () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = join(folderWithCurl(), 'missing');
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    const error = await failure(requestWithCurl(requestTo(await hello()), me()));
    expect(error).toMatchObject({
      code: 'FAILED',
      message: `cannot write files for curl into ${process.env.TMPDIR} (ENOENT)`,
      details: { requestSent: false },
    });
  });
});
