import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AV } from '../../../../src/http/auth/av-pairs.js';
import { channelBindingHash, serverEndPoint } from '../../../../src/http/auth/channel-binding.js';
import { sendLoggedOn } from '../../../../src/http/auth/connection.js';
import type { LogonScheme } from '../../../../src/http/auth/scheme.js';
import type { HttpClient, HttpRequest } from '../../../../src/http/client.js';
import { createPool } from '../../../../src/http/proxy.js';
import { Secret } from '../../../../src/secret.js';
import { failure } from '../../../support/failure.js';
import { testClient } from '../../../support/http-client.js';
import { createAuthority, startHttps } from '../../../support/loopback-https.js';
import { type NtlmServer, type NtlmServerOptions, startNtlmServer } from '../../../support/ntlm-server.js';
import { pairsIn, sample } from './sample.js';

const authority = createAuthority();
const identity = authority.identity();
const auth = { scheme: 'ntlm', user: 'LAB\\alice', password: new Secret('open sesame 46') } as const;

async function server(options: Partial<NtlmServerOptions> = {}, accepts = true): Promise<NtlmServer> {
  const judge = () => ({ challenge: () => sample.challenge, accepts: () => accepts });
  const started = await startNtlmServer({ identity, judge, ...options });
  onTestFinished(() => started.close());
  return started;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'GET', url: new URL(url), auth, ...more });
const post = (url: string, body: string): HttpRequest => get(url, { method: 'POST', body });
const status = async (http: HttpClient, request: HttpRequest) => (await http.request(request)).status;

describe('a connection', () => {
  test('is logged on once, and carries every request after that', async () => {
    const { url, seen, bodies, connections } = await server();
    const http = testClient(authority);
    expect([
      await status(http, get(`${url}/a`)),
      await status(http, get(`${url}/b`)),
      await status(http, post(`${url}/c`, 'form')),
    ]).toEqual([200, 200, 200]);
    expect(seen).toEqual(['GET /a - 0 401', 'GET /a NTLM 1 0 401', 'GET /a NTLM 3 0 200', 'GET /b - 0 200', 'POST /c - 4 200']);
    expect([bodies, connections()]).toEqual([['form'], 1]);
  });

  test('is logged on without the body of a request, which goes with the proof', async () => {
    const { url, seen, bodies } = await server();
    expect(await status(testClient(authority), post(`${url}/c`, 'form'))).toBe(200);
    expect(seen).toEqual(['POST /c - 0 401', 'POST /c NTLM 1 0 401', 'POST /c NTLM 3 4 200']);
    expect(bodies).toEqual(['form']);
  });

  test('that is forgotten by the server is replaced by a new one, and the body comes again only because it was refused', async () => {
    const { url, forget, connections, seen } = await server();
    const http = testClient(authority);
    await http.request(get(`${url}/a`));
    forget();
    expect(await status(http, post(`${url}/c`, 'form'))).toBe(200);
    expect(seen.slice(3)).toEqual(['POST /c - 4 401', 'POST /c - 0 401', 'POST /c NTLM 1 0 401', 'POST /c NTLM 3 4 200']);
    expect(connections()).toBe(2);
  });

  test('carries one request after the other, whoever asks at once', async () => {
    const { url, seen } = await server();
    const http = testClient(authority);
    const answers = await Promise.all(['/a', '/b', '/c'].map((path) => status(http, get(url + path))));
    expect(answers).toEqual([200, 200, 200]);
    expect(seen).toEqual(['GET /a - 0 401', 'GET /a NTLM 1 0 401', 'GET /a NTLM 3 0 200', 'GET /b - 0 200', 'GET /c - 0 200']);
  });

  test('of one user carries no request of another', async () => {
    const { url, connections } = await server();
    const http = testClient(authority);
    await http.request(get(`${url}/a`));
    await http.request(get(`${url}/a`, { auth: { ...auth, user: 'LAB\\bob' } }));
    await http.request({ method: 'GET', url: new URL(`${url}/a`) });
    expect(connections()).toBe(3);
  });
});

describe('a logon', () => {
  test('goes under Negotiate where NTLM is not offered by name', async () => {
    const { url, seen } = await server({ offers: ['Negotiate'] });
    expect(await status(testClient(authority), get(`${url}/a`, { auth: { ...auth, scheme: 'auto' } }))).toBe(200);
    expect(seen.slice(1)).toEqual(['GET /a Negotiate 1 0 401', 'GET /a Negotiate 3 0 200']);
  });

  test('is not begun where only Basic is offered: the server sees neither password nor name', async () => {
    const { url, seen } = await server({ offers: ['Basic realm="ca"'] });
    const response = await testClient(authority).request(get(`${url}/a`, { auth: { ...auth, scheme: 'auto' } }));
    expect(response).toMatchObject({ status: 401, logon: [], headers: { 'www-authenticate': 'Basic realm="ca"' } });
    expect(seen).toEqual(['GET /a - 0 401']);
  });

  test('is not needed where the server answers without one: the body follows', async () => {
    const bodies: string[] = [];
    const { url, close } = await startHttps(identity, (request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => response.end('hello'));
    });
    onTestFinished(close);
    const http = testClient(authority);
    expect([await status(http, get(url)), await status(http, post(url, 'form')), bodies]).toEqual([200, 200, ['form']]);
  });

  test('that is refused is tried once, and says by what', async () => {
    const { url, seen } = await server({}, false);
    const response = await testClient(authority).request(post(`${url}/c`, 'form'));
    expect(response).toMatchObject({ status: 401, logon: [{ scheme: 'ntlm', ended: 'refused' }] });
    expect(response.headers['www-authenticate']).toBe('Negotiate, NTLM');
    expect(seen.filter((line) => line.includes('NTLM 3'))).toHaveLength(1);
  });

  test('of a user who was let in before is told from one of somebody unknown', async () => {
    const { url } = await server({ forbids: (path) => path === '/secret' });
    const http = testClient(authority);
    await http.request(get(`${url}/a`));
    expect(await http.request(get(`${url}/secret`))).toMatchObject({ logon: [{ ended: 'refused', knownUser: true }] });
  });

  test('that the server does not go on with is told from one that it refuses', async () => {
    const { url, close } = await startHttps(identity, (_, response) => {
      response.writeHead(401, { 'WWW-Authenticate': ['Negotiate', 'NTLM'] }).end();
    });
    onTestFinished(close);
    expect(await testClient(authority).request(get(url))).toMatchObject({ logon: [{ scheme: 'ntlm', ended: 'ignored' }] });
  });

  test('is bound to the certificate of its connection, and names the server as its address does', async () => {
    const proofs: Buffer[] = [];
    const accepts = (message: Buffer) => proofs.push(message) > 0;
    const { url } = await server({ judge: () => ({ challenge: () => sample.challenge, accepts }) });
    await testClient(authority).request(get(`${url}/a`));
    const pairs = pairsIn(proofs[0] as Buffer);
    const endPoint = serverEndPoint(new X509Certificate(identity.certificate).raw);
    expect(pairs.get(AV.channelBindings)).toEqual(channelBindingHash(endPoint));
    expect(pairs.get(AV.targetName)?.toString('utf16le')).toBe('HTTP/localhost');
  });

  test('that loses its connection in the middle says so', async () => {
    const { url } = await server({ withChallenge: { Connection: 'close' } });
    expect(await testClient(authority).request(get(url))).toMatchObject({ logon: [{ scheme: 'ntlm', ended: 'cut' }] });
  });

  test('with a challenge that is none is an error, with nothing sent', async () => {
    const { url } = await server({ judge: () => ({ challenge: () => Buffer.from('NTLMSSP\0'), accepts: () => true }) });
    const error = await failure(testClient(authority).request(post(url, 'form')));
    expect(error).toMatchObject({ code: 'LOGON_UNSUPPORTED', details: { requestSent: false } });
  });

  test('leaves no message of NTLM and no password in the log', async () => {
    const lines: string[] = [];
    const add = (text: string) => void lines.push(text);
    const { url } = await server();
    await testClient(authority, { log: { verbose: add, trace: add } }).request(get(`${url}/a`));
    const all = lines.join('\n');
    expect(lines.filter((line) => /^GET \S+\/a (401: goes on with the logon|200 5 bytes \d+ ms)$/.test(line))).toHaveLength(3);
    for (const secret of ['TlRMTVNTU', 'open sesame']) expect(all).not.toContain(secret);
  });
});

test('a second scheme is tried on a new connection, after the first one came to nothing', async () => {
  const { url, seen, connections } = await server({ offers: ['Negotiate'] }, false);
  const tokens = (first: string): LogonScheme => ({
    name: 'negotiate',
    offers: ['Negotiate'],
    begin: () => ({ next: async (challenge) => (challenge ? undefined : { token: Buffer.from(first), last: true }) }),
  });
  const secureContext = createSecureContext({ ca: authority.pem });
  const pool = createPool(undefined, secureContext);
  onTestFinished(() => pool.destroy());
  const limits = { connectMs: 5000, timeoutMs: 5000, maxBytes: 1000 };
  const call = {
    method: 'GET',
    url: new URL(`${url}/a`),
    headers: {},
    body: undefined,
    proxy: undefined,
    signal: undefined,
    pool,
    secureContext,
  };
  const response = await sendLoggedOn({ ...call, ...limits }, [tokens('one ticket'), tokens('another')], undefined);
  expect(response.logon).toMatchObject([{ scheme: 'negotiate' }, { scheme: 'negotiate' }]);
  expect([seen.length, connections()]).toEqual([3, 2]);
});
