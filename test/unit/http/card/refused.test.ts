/** Servers that refuse the card's certificate: the same error under TLS 1.2, where it comes in the handshake, and under 1.3, where it comes instead of the answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpRequest } from '../../../../src/http/client.js';
import { refusedByServer } from '../../../../src/http/client-alert.js';
import { rsaServer, startCardServer } from '../../../support/card-server.js';
import { failure } from '../../../support/failure.js';
import { testClient, testFolder } from '../../../support/http-client.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { softwareIdentity } from '../../../support/software-identity.js';

const authority = createAuthority();
const clients = createAuthority('Clients');
const others = createAuthority('Other clients');
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const DAY = 86_400;

const client = () => testClient(authority);

/** Verifies clients by itself, as most servers do, and says by an alert what is wrong; Node's own servers only hang up. */
async function startOpenssl(version: (typeof VERSIONS)[number], clientCa: string, more: readonly string[] = []): Promise<URL> {
  const dir = testFolder();
  const { certificate, key } = authority.identity();
  for (const [name, text] of Object.entries({ certificate, key, clientCa })) writeFileSync(join(dir, name), text);
  const args = ['s_server', '-accept', '127.0.0.1:0', '-cert', 'certificate', '-key', 'key', '-CAfile', 'clientCa', '-Verify', '1'];
  const only = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3';
  const server = spawn('openssl', [...args, '-verify_return_error', only, '-www', ...more], {
    cwd: dir,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    if (server.kill()) await once(server, 'exit');
  });
  let said = '';
  for await (const chunk of server.stdout) {
    said += chunk;
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return new URL(`https://localhost:${port}/`);
  }
  throw new Error(`openssl s_server ended: ${said}`);
}

const get = (url: URL, more: Partial<HttpRequest>): HttpRequest => ({ method: 'GET', url, ...more });

describe.each(VERSIONS)('under %s', (version) => {
  const refused = (alert: string) => ({
    code: 'CLIENT_CERTIFICATE_REFUSED',
    exitCode: 4,
    message: expect.stringContaining(`(${alert})`),
    details: { alert, requestSent: version === 'TLSv1.3' },
  });

  test('a server that takes the certificate answers', async () => {
    const url = await startOpenssl(version, clients.pem);
    expect((await client().request(get(url, { identity: softwareIdentity(clients.issuer) }))).status).toBe(200);
  });

  test('an unknown CA is told, with what to ask for', async () => {
    const url = await startOpenssl(version, others.pem);
    const error = await failure(client().request(get(url, { identity: softwareIdentity(clients.issuer) })));
    expect(error).toMatchObject(refused('unknown_ca'));
    expect(error.hint).toContain('trust the CA');
  });

  test('an expired certificate is told by a server whose clock says so', async () => {
    const url = await startOpenssl(version, clients.pem, ['-attime', String(Math.floor(Date.now() / 1000) + 5 * DAY)]);
    const error = await failure(client().request(get(url, { identity: softwareIdentity(clients.issuer) })));
    expect(error).toMatchObject(refused('certificate_expired'));
    expect(error.hint).toContain('lyncauth enroll');
  });

  test('a certificate for another use is told', async () => {
    const url = await startOpenssl(version, clients.pem);
    const identity = softwareIdentity(clients.issuer, { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] });
    const error = await failure(client().request(get(url, { identity })));
    expect(error).toMatchObject(refused('unsupported_certificate'));
    expect(error.hint).toContain('--template');
  });

  test('a signature that is wrong is told', async () => {
    const identity = softwareIdentity(clients.issuer, {
      signSync: (sign) => {
        const signature = Buffer.from(sign());
        signature[signature.length - 1] = (signature.at(-1) as number) ^ 1;
        return signature;
      },
    });
    const url = await startOpenssl(version, clients.pem);
    expect(await failure(client().request(get(url, { identity })))).toMatchObject(refused('decrypt_error'));
  });

  test.each([1, 1_000_000])('a refusal is told for a POST with a body of %i bytes, on a connection of its own', async (length) => {
    const url = await startOpenssl(version, others.pem);
    const identity = softwareIdentity(clients.issuer);
    const error = await failure(client().request({ method: 'POST', url, identity, body: Buffer.alloc(length) }));
    expect(error).toMatchObject(refused('unknown_ca'));
  });
});

describe.each(VERSIONS)('under %s, a server that hangs up without a word', (version) => {
  const cut = { code: 'NETWORK', message: expect.stringContaining('was cut after the card had signed'), details: { signatures: 1 } };

  test('may not accept the certificate', async () => {
    const started = await startCardServer({ identity: authority.identity(), clientCa: others.pem, version });
    onTestFinished(() => started.stop());
    const error = await failure(client().request(get(started.url, { identity: softwareIdentity(clients.issuer) })));
    expect(error).toMatchObject(cut);
    expect(error.hint).toContain('may not accept the certificate');
  });

  test('may not accept it when it has read the request, either', async () => {
    const started = await startCardServer({
      identity: authority.identity(),
      clientCa: clients.pem,
      version,
      listener: ({ socket }) => socket.destroy(),
    });
    onTestFinished(() => started.stop());
    const error = await failure(client().request(get(started.url, { identity: softwareIdentity(clients.issuer) })));
    expect(error).toMatchObject({ ...cut, details: { signatures: 1, requestSent: true } });
  });

  test('has accepted it when it had begun to answer', async () => {
    const started = await startCardServer({
      identity: authority.identity(),
      clientCa: clients.pem,
      version,
      listener: ({ socket }, response) => {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('12345', () => socket.destroy());
      },
    });
    onTestFinished(() => started.stop());
    const error = await failure(client().request(get(started.url, { identity: softwareIdentity(clients.issuer) })));
    expect([error.code, error.message, error.hint]).toEqual([
      'NETWORK',
      expect.stringContaining('before its answer was complete'),
      expect.stringContaining('check the network'),
    ]);
  });

  test('has not accepted anything when the card has not signed', async () => {
    const started = await startCardServer({ identity: authority.identity(), version, listener: ({ socket }) => socket.destroy() });
    onTestFinished(() => started.stop());
    const request = { method: 'POST', url: started.url, identity: softwareIdentity(clients.issuer) } as const;
    expect((await failure(client().request(request))).hint).toContain('check the network');
  });
});

test('a server that wants a certificate of another kind says that one is required', async () => {
  const started = await startCardServer({
    identity: rsaServer(authority),
    clientCa: clients.pem,
    version: 'TLSv1.3',
    tls: { sigalgs: 'RSA-PSS+SHA256' },
  });
  onTestFinished(() => started.stop());
  const identity = softwareIdentity(clients.issuer);
  const error = await failure(client().request({ method: 'POST', url: started.url, identity, body: 'x' }));
  expect(error).toMatchObject({ code: 'CLIENT_CERTIFICATE_REFUSED', details: { alert: 'certificate_required' } });
  expect(identity.asked).toEqual([]);
});

describe('an alert', () => {
  const url = new URL('https://adfs.contoso.test/');
  const alert = (number: number) =>
    Object.assign(new Error(`error:0A000410:SSL routines:ssl3_read_bytes:some words:record.c:1601:SSL alert number ${number}\n`), {
      code: 'ERR_SSL_SOME_WORDS',
    });

  test.each([40, 42, 43, 44, 45, 46, 48, 49, 51, 116])('%i after a signature is about the certificate, with a hint', (number) => {
    const error = refusedByServer(alert(number), url, { signatures: 1 });
    expect(error).toMatchObject({ code: 'CLIENT_CERTIFICATE_REFUSED', message: expect.stringContaining('adfs.contoso.test') });
    expect(error?.hint).toBeTruthy();
  });

  test.each([40, 51, 70, 80])('%i without a signature is about something else', (number) => {
    expect(refusedByServer(alert(number), url, { signatures: 0 })).toBeUndefined();
  });

  test.each([0, 20, 70, 80, 112])('%i is about something else even after a signature', (number) => {
    expect(refusedByServer(alert(number), url, { signatures: 1 })).toBeUndefined();
  });
});
