import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHttpClient, type HttpClientOptions, type HttpRequest } from '../../../src/http/client.js';
import { redact, Secret } from '../../../src/secret.js';
import { failure } from '../../support/failure.js';
import { caFileOf, testClient } from '../../support/http-client.js';
import { createAuthority, type LoopbackServer, startHttps } from '../../support/loopback-https.js';
import { startTcp } from '../../support/loopback-tcp.js';
import { softwareIdentity } from '../../support/software-identity.js';

const authority = createAuthority();
const stranger = createAuthority('Somebody else');
const identity = authority.identity();

const client = (options: Partial<HttpClientOptions> = {}) => testClient(authority, options);

async function server(listener: RequestListener, own = identity): Promise<LoopbackServer> {
  const started = await startHttps(own, listener);
  onTestFinished(() => started.close());
  return started;
}

const answer =
  (body: string | Buffer, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, headers).end(body);
  };

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'GET', url: new URL(url), ...more });

describe('an answer', () => {
  test('is handed back with status, headers and body', async () => {
    const { url } = await server((_, response) => response.writeHead(418, { 'X-Pot': 'tea' }).end('short and stout'));
    const response = await client().request(get(url));
    expect(response).toMatchObject({ status: 418, headers: { 'x-pot': 'tea' } });
    expect(response.body.toString()).toBe('short and stout');
  });

  test('that redirects is handed back and not followed', async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await server((request, response) => {
      seen.push(request.url);
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    expect((await client().request(get(`${url}/here`))).status).toBe(302);
    expect(seen).toEqual(['/here']);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('compressed with %s is unpacked', async (encoding, compress) => {
    const { url } = await server(answer(compress(Buffer.from('packed words')), { 'Content-Encoding': encoding }));
    expect((await client().request(get(url))).body.toString()).toBe('packed words');
  });

  test('compressed with deflate in its bare form is unpacked', async () => {
    const { url } = await server(answer(deflateRawSync(Buffer.from('packed words')), { 'Content-Encoding': 'deflate' }));
    expect((await client().request(get(url))).body.toString()).toBe('packed words');
  });

  test('in an unknown encoding is refused', async () => {
    const { url } = await server(answer('?', { 'Content-Encoding': 'zstd' }));
    expect(await failure(client().request(get(url)))).toMatchObject({ code: 'SERVER_ERROR', details: { requestSent: true } });
  });

  test('with broken compression is a network error', async () => {
    const { url } = await server(answer('not gzip at all', { 'Content-Encoding': 'gzip' }));
    expect(await failure(client().request(get(url)))).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
  });
});

describe('a limit', () => {
  test('of 1 MiB holds for a body without a length', async () => {
    const { url } = await server((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write(Buffer.alloc(65536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await failure(client().request(get(url)))).toMatchObject({ code: 'RESPONSE_TOO_LARGE', details: { requestSent: true } });
  });

  test('of 1 MiB holds for a declared length', async () => {
    const { url } = await server(answer(Buffer.alloc(1024 * 1024 + 1)));
    expect((await failure(client().request(get(url)))).code).toBe('RESPONSE_TOO_LARGE');
  });

  test('lets a body of exactly its size pass', async () => {
    const { url } = await server(answer(Buffer.alloc(1000)));
    expect((await client().request(get(url, { maxBytes: 1000 }))).body.length).toBe(1000);
  });

  test('stops a bomb of 200 MB before it is in memory', async () => {
    const megabyte = gzipSync(Buffer.alloc(1_000_000));
    const bomb = Buffer.concat(Array.from({ length: 200 }, () => megabyte));
    const { url } = await server(answer(bomb, { 'Content-Encoding': 'gzip' }));
    const before = process.memoryUsage().rss;
    expect((await failure(client().request(get(url)))).code).toBe('RESPONSE_TOO_LARGE');
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('of time ends an exchange with a server that takes the request and never answers', async () => {
    const { url } = await server(() => {});
    expect(await failure(client().request(get(url, { timeoutMs: 150 })))).toMatchObject({
      code: 'TIMEOUT',
      details: { requestSent: true },
    });
  });

  test('of time ends an exchange with a server that never finishes its answer', async () => {
    const { url } = await server((_, response) => response.writeHead(200).write('and then'));
    expect(await failure(client().request(get(url, { timeoutMs: 150 })))).toMatchObject({
      code: 'TIMEOUT',
      details: { requestSent: true },
    });
  });

  test('of time ends a handshake that hangs, with nothing sent', async () => {
    const port = await startTcp(() => {});
    const error = await failure(client().request(get(`https://localhost:${port}`, { timeoutMs: 150 })));
    expect(error).toMatchObject({ code: 'TIMEOUT', details: { requestSent: false } });
  });
});

describe('a connection', () => {
  test('that is refused is a network error that names the server, with nothing sent', async () => {
    const { port, close } = await startHttps(identity, answer(''));
    await close();
    const error = await failure(client().request(get(`https://localhost:${port}`)));
    expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
    expect(error.message).toBe(`localhost:${port} refused the connection`);
  });

  test('to a name that does not exist names it', async () => {
    const error = await failure(client().request(get('https://no-such-host.invalid/')));
    expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
    expect(error.message).toContain('no-such-host.invalid');
  });

  test('cut after the request arrived counts as sent', async () => {
    const { url } = await server((request) => request.socket.destroy());
    expect(await failure(client().request(get(url, { method: 'POST', body: 'x' })))).toMatchObject({
      code: 'NETWORK',
      details: { requestSent: true },
    });
  });

  test('cut in the middle of the answer counts as sent', async () => {
    const { url } = await server((request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('only this', () => request.socket.destroy());
    });
    expect(await failure(client().request(get(url)))).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
  });

  test('to something that does not speak TLS says so, with nothing sent', async () => {
    const port = await startTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const error = await failure(client().request(get(`https://localhost:${port}`)));
    expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
    expect(error.message).toContain(`localhost:${port}`);
  });

  test('is kept for the next GET', async () => {
    const one = await server(answer('ok'));
    const http = client();
    for (let i = 0; i < 3; i++) await http.request(get(one.url));
    expect(one.connections()).toBe(1);
  });

  test('that carries many exchanges collects no listeners', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.name);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    const one = await server(answer('ok'));
    const http = client();
    for (let exchange = 0; exchange < 20; exchange++) await http.request(get(one.url));
    expect(one.connections()).toBe(1);
    expect(warnings).toEqual([]);
  });

  test('is used for a POST right after an answer, and never when it has been idle', async () => {
    const one = await server(answer('ok'));
    const http = client();
    await http.request(get(one.url));
    await http.request(get(one.url, { method: 'POST', body: 'a=b' }));
    expect(one.connections()).toBe(1);
    const later = performance.now() + 1500;
    vi.spyOn(performance, 'now').mockReturnValue(later);
    onTestFinished(() => void vi.restoreAllMocks());
    await http.request(get(one.url, { method: 'POST', body: 'a=b' }));
    expect(one.connections()).toBe(2);
  });

  test('that the server closed meanwhile is replaced for a GET', async () => {
    let requests = 0;
    const one = await server((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else response.end('ok');
    });
    const http = client();
    await http.request(get(one.url));
    expect((await http.request(get(one.url))).status).toBe(200);
    expect(one.connections()).toBe(2);
  });
});

describe('a server', () => {
  test('with a certificate of an unknown CA is not trusted, and the hint is --ca-file', async () => {
    const requests: string[] = [];
    const { url } = await server((request) => requests.push(String(request.url)), stranger.identity());
    const error = await failure(client().request(get(url)));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.hint).toContain('--ca-file');
    expect(requests).toEqual([]);
  });

  test('that the system vouches for is trusted although the file of the person does not', async () => {
    const { url } = await server(answer('known'), stranger.identity());
    const made = client({ env: { SSL_CERT_FILE: caFileOf(stranger) } });
    expect((await made.request(get(url))).body.toString()).toBe('known');
  });

  test('with a certificate for another name is refused, and both names are told', async () => {
    const { url } = await server(answer(''), authority.identity({ dnsNames: ['ca.contoso.test'], ipAddresses: [] }));
    const error = await failure(client().request(get(url)));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.message).toContain('ca.contoso.test');
    expect(error.message).toContain('localhost');
  });

  test('with an expired certificate is refused', async () => {
    const long = Date.now() - 10 * 24 * 3600 * 1000;
    const { url } = await server(answer(''), authority.identity({ notBefore: new Date(long), notAfter: new Date(long + 1000) }));
    const error = await failure(client().request(get(url)));
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
    expect(error.message).toContain('expired');
  });

  test('is verified even when the environment of Node says otherwise', () => {
    const error = (() => {
      try {
        return createHttpClient({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, timeoutMs: 1000 });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

test('a server that switches protocols is an error at once, not when the time is up', async () => {
  const { url } = await server((request) => {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  });
  expect(await failure(client({ timeoutMs: 25_000 }).request(get(url)))).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
});

describe('a DELETE', () => {
  test('is sent without a body, once and on a connection that is fresh', async () => {
    const seen: string[] = [];
    const one = await server((request, response) => {
      seen.push(`${request.method} ${request.headers['content-length'] ?? request.headers['transfer-encoding'] ?? 'nothing'}`);
      response.writeHead(204).end();
    });
    const http = client();
    await http.request(get(one.url));
    const later = performance.now() + 1500;
    vi.spyOn(performance, 'now').mockReturnValue(later);
    onTestFinished(() => void vi.restoreAllMocks());
    expect((await http.request(get(one.url, { method: 'DELETE' }))).status).toBe(204);
    expect([seen, one.connections()]).toEqual([['GET nothing', 'DELETE nothing'], 2]);
  });

  test('is not repeated when the connection is lost', async () => {
    let requests = 0;
    const one = await server((request, response) => {
      requests += 1;
      if (request.method === 'DELETE') request.socket.destroy();
      else response.end('ok');
    });
    const http = client();
    await http.request(get(one.url));
    expect((await failure(http.request(get(one.url, { method: 'DELETE' })))).details.requestSent).toBe(true);
    expect(requests).toBe(2);
  });

  test('is nothing that a card authenticates', async () => {
    const card = softwareIdentity(authority.issuer);
    const error = await failure(client().request(get('https://localhost:1/', { method: 'DELETE', identity: card })));
    expect(error.code).toBe('INTERNAL');
  });
});

describe('a request', () => {
  test('to http: is refused', async () => {
    expect((await failure(client().request(get('http://localhost/')))).code).toBe('USAGE');
  });

  test('with a user name in the address is refused, and the password there is not repeated', async () => {
    const error = await failure(client().request(get('https://kim:geheim@localhost/')));
    expect(error.code).toBe('USAGE');
    expect(JSON.stringify({ ...error, text: error.message })).not.toContain('geheim');
  });

  test('carries Basic credentials in UTF-8, asks for no compression and has a length', async () => {
    let headers: IncomingMessage['headers'] = {};
    const { url } = await server((request, response) => {
      headers = request.headers;
      response.end();
    });
    const auth = { scheme: 'basic', user: 'CONTOSO\\kim', password: new Secret('pässwort') } as const;
    await client().request(get(url, { method: 'POST', body: 'é', auth }));
    expect(headers.authorization).toBe(`Basic ${Buffer.from('CONTOSO\\kim:pässwort').toString('base64')}`);
    expect(headers['accept-encoding']).toBe('identity');
    expect(headers['content-length']).toBe('2');
  });

  test('with a colon in the user name is refused, since Basic cannot carry it', async () => {
    const auth = { scheme: 'basic', user: 'kim:x', password: new Secret('pw-colon') } as const;
    expect((await failure(client().request(get('https://localhost:1/', { auth })))).code).toBe('USAGE');
  });

  test('with a line break in a header is a typed error', async () => {
    const headers = { 'X-Bad': 'a\r\nb: c' };
    expect((await failure(client().request(get('https://localhost:1/', { headers })))).details.requestSent).toBe(false);
  });

  test('ends at once when the signal aborts', async () => {
    const controller = new AbortController();
    const { url } = await server(() => controller.abort());
    const error = await failure(client({ signal: controller.signal }).request(get(url)));
    expect(error).toMatchObject({ code: 'INTERRUPTED', details: { requestSent: true } });
  });

  test('is not started when the signal was aborted before', async () => {
    const one = await server(answer(''));
    const error = await failure(client({ signal: AbortSignal.abort() }).request(get(one.url)));
    expect(error).toMatchObject({ code: 'INTERRUPTED', details: { requestSent: false } });
    expect(one.connections()).toBe(0);
  });
});

describe('the log', () => {
  test('has one line for an exchange and never a credential, a cookie or a long query value', async () => {
    const lines: string[] = [];
    const log = { verbose: (text: string) => lines.push(`v ${text}`), trace: (text: string) => lines.push(`t ${text}`) };
    const { url } = await server(answer('ok', { 'Set-Cookie': 'ASPSESSION=biscuit' }));
    const auth = { scheme: 'basic', user: 'kim', password: new Secret('open sesame') } as const;
    await client({ log }).request(get(`${url}/p?ReqID=12&ticket=abcdefghijklmnopqrstuvwxyz`, { auth, headers: { Cookie: 'a=biscuit' } }));
    const all = lines.join('\n');
    expect(lines.filter((line) => line.startsWith('v '))).toHaveLength(1);
    expect(all).toContain('GET ');
    expect(all).toContain('/p?ReqID=12&ticket=***');
    for (const secret of ['biscuit', 'abcdefghijkl', 'open sesame', Buffer.from('kim:open sesame').toString('base64')])
      expect(all).not.toContain(secret);
  });

  test('would have the encoded credentials redacted wherever they turn up', async () => {
    const { url } = await server(answer('ok'));
    const auth = { scheme: 'basic', user: 'kim', password: new Secret('sesame street') } as const;
    await client().request(get(url, { auth }));
    expect(redact(`Basic ${Buffer.from('kim:sesame street').toString('base64')}`)).toBe('Basic ***');
  });
});

test('a server that switches protocols is an error at once, not when the time is up', async () => {
  const { url } = await server((request) => {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  });
  expect(await failure(client({ timeoutMs: 25_000 }).request(get(url)))).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
});

test('a time limit of years is a long one, not none', async () => {
  const { url } = await server(answer('ok'));
  expect((await client({ timeoutMs: 1e12 }).request(get(url))).status).toBe(200);
});
