/** curl in place of the addon: requests with a card's key, as the real curl and engine make them, and what comes back. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { requestWithCurl } from '../../src/http/curl.js';
import { startApache } from '../support/apache.js';
import { type ClientCard, createClientCard } from '../support/client-card.js';
import { bodyOf, clientOf, requestTo, runningCurls, startAsking } from '../support/curl-desk.js';
import { failure } from '../support/failure.js';
import { createAuthority, listen } from '../support/loopback-https.js';

const authority = createAuthority();
const identity = authority.identity();
let card: ClientCard;

beforeAll(async () => {
  card = await createClientCard(authority.issuer, ['rsa2048', 'p256', 'p384']);
});

afterAll(() => card.close());

const start = (listener: Parameters<typeof startAsking>[2], tls = {}) => startAsking(authority, identity, listener, tls);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  test.each(['rsa2048', 'p256', 'p384'] as const)('takes a %s key', async (type) => {
    const server = await start((request, response) => response.end(clientOf(request)), { minVersion: version, maxVersion: version });
    const answer = await requestWithCurl(requestTo(server), card.identity(type));
    expect([answer.status, answer.body.toString()]).toEqual([200, `${type} ${version}`]);
  });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a server that asks for the certificate late, over %s, gets it', async (protocol) => {
  const server = await startApache({ identity, clientCa: authority.pem, protocol, late: true });
  onTestFinished(() => server.stop());
  const { raw: leaf } = new X509Certificate(identity.certificate);
  const late = requestTo({ url: new URL('/late', server.url), leaf });
  expect(await requestWithCurl(late, card.identity('rsa2048'))).toMatchObject({ status: 200, headers: { 'x-client': 'CN=rsa2048' } });
});

test('an RSA key without PSS keeps to TLS 1.2', async () => {
  const server = await start((request, response) => response.end(clientOf(request)));
  const { signer, ...rest } = card.identity('rsa2048');
  const poor = { ...rest, signer: { ...signer, supports: (kind: string) => kind === 'rsa-pkcs1' } };
  expect((await requestWithCurl(requestTo(server), poor)).body.toString()).toBe('rsa2048 TLSv1.2');
});

test('maxVersion caps TLS', async () => {
  const server = await start((request, response) => response.end(clientOf(request)));
  const answer = await requestWithCurl(requestTo(server, { maxVersion: 'TLSv1.2' }), card.identity('p256'));
  expect(answer.body.toString()).toBe('p256 TLSv1.2');
});

describe('a request', () => {
  test('has the headers that it was given, and no other', async () => {
    const seen: string[][] = [];
    const server = await start(({ rawHeaders }, response) => {
      seen.push(rawHeaders);
      response.end();
    });
    const headers = { 'User-Agent': 'lyncauth', Cookie: 'a="b\\c"; d=1', 'X-Latin': 'h\xe9', 'X-Empty': '' };
    await requestWithCurl(requestTo(server, { headers }), card.identity('p256'));
    const expected = ['Host', server.url.host, 'User-Agent', 'lyncauth', 'Cookie', 'a="b\\c"; d=1', 'X-Latin', 'h\xe9', 'X-Empty', ''];
    expect(seen).toEqual([expected]);
  });

  test('asks for the path and query as they are', async () => {
    const server = await start(({ url }, response) => response.end(url));
    const url = new URL('/a/%2e%2e/{b,c}/[1-3]?d=%41&e=[x]#f', server.url);
    expect((await requestWithCurl(requestTo(server, { url }), card.identity('p256'))).body.toString()).toBe(url.pathname + url.search);
  });

  test.each([
    ['nothing', undefined],
    ['text', '{"a": "ä\\n"}\r\n\t'],
    ['what looks like a file name', '@/etc/passwd'],
    ['every byte but NUL', Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1))],
    ['every byte', Buffer.from(Array.from({ length: 256 }, (_, index) => index))],
    ['as much as one line of configuration holds', Buffer.alloc(99_800, 'x')],
    ['a little more', Buffer.alloc(100_100, 'x')],
    ['a lot', Buffer.alloc(2_000_000, 'line\r\n')],
  ])('with a body of %s arrives whole', async (_, body) => {
    const seen: unknown[] = [];
    const server = await start(async (request, response) => {
      const received = await bodyOf(request);
      const { 'content-length': length, 'content-type': type, expect: wait } = request.headers;
      seen.push([request.method, type, wait, Number(length), received.equals(Buffer.from(body ?? ''))]);
      response.end();
    });
    await requestWithCurl(requestTo(server, { method: 'POST', body, headers: { 'Content-Type': 'text/x-test' } }), card.identity('p256'));
    expect(seen).toEqual([['POST', 'text/x-test', undefined, Buffer.byteLength(body ?? ''), true]]);
  });
});

describe('an answer', () => {
  const ask = async (listener: Parameters<typeof startAsking>[2], more = {}) =>
    requestWithCurl(requestTo(await start(listener), more), card.identity('p256'));

  test('has its status and headers as Node gives them', async () => {
    const answer = await ask((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response
        .writeHead(
          302,
          [
            ['Location', '/next'],
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
            ['X-A', '1'],
            ['X-A', '2'],
          ].flat(),
        )
        .end();
    });
    expect(answer).toMatchObject({ status: 302, headers: { location: '/next', 'set-cookie': ['a=1', 'b=2'], 'x-a': '1, 2' } });
    expect(answer.headers).not.toHaveProperty('link');
  });

  test('in chunks, with a trailer behind them, has its body only', async () => {
    const answer = await ask((_, response) => {
      response.writeHead(200, { Trailer: 'X-End' }).write('hello ');
      response.addTrailers({ 'X-End': 'evil' });
      response.end('world');
    });
    expect(answer.body.toString()).toBe('hello world');
  });

  test('that is compressed is unpacked', async () => {
    const answer = await ask((_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('packed words')));
    expect(answer.body.toString()).toBe('packed words');
  });

  test.each([0, 1, 70_000, 1024 * 1024])('of %i bytes arrives whole', async (length) => {
    const bytes = Buffer.alloc(length, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
    expect((await ask((_, response) => response.end(bytes))).body.equals(bytes)).toBe(true);
  });

  test.each([
    ['without a length', {}],
    ['with a length', { 'Content-Length': '5000000' }],
  ])('over the limit, %s, is not waited for', async (_, headers) => {
    const endless = ask((_request, response) => {
      response.writeHead(200, headers);
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await failure(endless)).toMatchObject({ code: 'RESPONSE_TOO_LARGE', details: { requestSent: true } });
    expect(runningCurls()).toEqual([]);
  });

  test('that is cut off is none', async () => {
    const cut = ask((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half', () => response.destroy());
    });
    expect(await failure(cut)).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
  });
});

describe('a proxy', () => {
  const passOn = (client: Socket, head: string) => {
    const target = connect(Number(/^CONNECT localhost:(\d+)/.exec(head)?.[1]), '127.0.0.1').on('error', () => {});
    client.write('HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n');
    client.pipe(target).pipe(client);
  };

  async function startProxy(
    options: { status?: number; tls?: TlsOptions } = {},
  ): Promise<{ url: URL; heads: string[]; certificates: unknown[] }> {
    const { status = 200, tls } = options;
    const heads: string[] = [];
    const certificates: unknown[] = [];
    const sockets: Socket[] = [];
    const onClient = async (client: Socket) => {
      sockets.push(client.on('error', () => {}));
      if (client instanceof TLSSocket) certificates.push(client.getPeerCertificate());
      const [head] = (await once(client, 'data')) as [Buffer];
      heads.push(head.toString());
      if (status === 200) passOn(client, head.toString());
      else client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    };
    const proxy = tls === undefined ? createTcpServer(onClient) : createTlsServer(tls, onClient).on('tlsClientError', () => {});
    const port = await listen(proxy);
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    return { url: new URL(`${tls === undefined ? 'http' : 'https'}://me:pass%20word@localhost:${port}`), heads, certificates };
  }

  test('that is reached over TLS is verified with the roots given for it, and not shown the certificate of the card', async () => {
    const company = createAuthority('Company root');
    const { certificate: cert, key } = company.identity();
    const proxy = await startProxy({ tls: { cert, key, requestCert: true, rejectUnauthorized: false } });
    const server = await start((request, response) => response.end(clientOf(request)));
    const answer = await requestWithCurl(requestTo(server, { proxy: proxy.url, proxyCa: [company.pem] }), card.identity('p256'));
    expect(answer.body.toString()).toBe('p256 TLSv1.3');
    expect(proxy.certificates).toEqual([{}]);
    expect(await failure(requestWithCurl(requestTo(server, { proxy: proxy.url }), card.identity('p256')))).toMatchObject({
      code: 'TLS_UNTRUSTED',
      message: expect.stringContaining(`the proxy ${proxy.url.host} is not trusted`),
      details: { requestSent: false },
    });
  });

  test('is given its name and password, and adds nothing to the answer', async () => {
    const proxy = await startProxy();
    const server = await start((request, response) => response.end(clientOf(request)));
    const answer = await requestWithCurl(requestTo(server, { proxy: proxy.url }), card.identity('p256'));
    expect(answer.body.toString()).toBe('p256 TLSv1.3');
    expect(answer.headers).not.toHaveProperty('x-proxy');
    expect(proxy.heads[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('me:pass word').toString('base64')}`);
  });

  test('that refuses is named, without its password', async () => {
    const proxy = await startProxy({ status: 407 });
    const server = await start((_, response) => response.end());
    expect(await failure(requestWithCurl(requestTo(server, { proxy: proxy.url }), card.identity('p256')))).toMatchObject({
      code: 'NETWORK',
      message: `the proxy ${proxy.url.host} refused to connect to ${server.url.host} (status 407)`,
      details: { requestSent: false },
    });
  });

  test('of the environment is not used', async () => {
    const server = await start((_, response) => response.end('direct'));
    const env = { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1', ALL_PROXY: 'http://127.0.0.1:1' };
    expect((await requestWithCurl(requestTo(server, { env }), card.identity('p256'))).body.toString()).toBe('direct');
  });
});
