/** Requests over http, which only look for servers: what they may carry, their limits, and proxies. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type PlainOptions, requestPlainly } from '../../../src/http/plain.js';
import { failure } from '../../support/failure.js';
import { createAuthority, listen, startHttps } from '../../support/loopback-https.js';
import { tempDir } from '../../support/temp-dir.js';

const LIMITS: PlainOptions = { timeoutMs: 5000, maxBytes: 1024, env: {} };

function ask(url: string | URL, options: Partial<PlainOptions> = {}) {
  return requestPlainly(new URL(url), { ...LIMITS, ...options });
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${port}`;
}

async function serveTcp(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onSocket(socket);
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://localhost:${port}`;
}

/** A forward proxy (RFC 9110 section 3.7) that answers by itself, and remembers what it was asked. */
async function proxy(status = 200): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const url = await serve((request, response) => {
    asked.push(request);
    response.writeHead(status).end('by proxy');
  });
  return { url, asked };
}

describe('a request', () => {
  test('is a GET that carries Host, User-Agent and Accept and nothing else', async () => {
    let seen: IncomingMessage | undefined;
    const url = await serve((request, response) => {
      seen = request;
      response.end('found');
    });
    const loose = { Accept: 'application/json', Cookie: 'a=1', Authorization: 'Bearer x' };
    const { status, body } = await ask(`${url}/p?q=1#fragment`, { headers: loose });
    expect([status, body.toString(), seen?.method, seen?.url]).toEqual([200, 'found', 'GET', '/p?q=1']);
    expect(seen?.headers).toEqual({
      host: new URL(url).host,
      'user-agent': 'lyncauth',
      'accept-encoding': 'identity',
      accept: 'application/json',
      connection: 'close',
    });
  });

  test('hands a redirect back with its headers', async () => {
    const url = await serve((_, response) => response.writeHead(302, { Location: 'https://elsewhere.test/', 'Set-Cookie': 'a=1' }).end());
    const { status, headers } = await ask(url);
    expect([status, headers.location]).toEqual([302, 'https://elsewhere.test/']);
  });

  test.each(['https://localhost/', 'http://alice@localhost/', 'http://alice:pw@localhost/', 'ftp://localhost/', 'file:///etc/passwd'])(
    'to %s is refused before anything is sent',
    async (url) => {
      const error = await failure(ask(url));
      expect([error.code, error.hint]).toEqual(['USAGE', expect.any(String)]);
      expect(error.message).not.toContain('pw');
    },
  );

  test('is logged without the values of its query', async () => {
    const url = await serve((_, response) => response.writeHead(200, { 'Set-Cookie': 'a=biscuit' }).end());
    const lines: string[] = [];
    const log = { verbose: (text: string) => lines.push(text), trace: (text: string) => lines.push(text) };
    await ask(`${url}/p?sipuri=alice%40lab.test`, { log });
    await failure(ask('http://127.0.0.1:1/?x=alice', { log }));
    expect(lines[0]).toMatch(/^> Host: localhost/);
    expect(lines.join('\n')).toContain('/p?sipuri=*** 200 0 bytes');
    expect(lines.join('\n')).not.toMatch(/alice|biscuit/);
  });
});

describe('limits', () => {
  test('a body that is too long is refused by its length', async () => {
    const url = await serve((_, response) => response.writeHead(200, { 'Content-Length': 5000 }).end('x'.repeat(5000)));
    expect(await failure(ask(url))).toMatchObject({ code: 'RESPONSE_TOO_LARGE', details: { requestSent: true } });
  });

  test('one that never ends is cut off', async () => {
    const url = await serve((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(1000)));
      };
      response.on('drain', write);
      write();
    });
    expect(await failure(ask(url))).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  test('one that grows when it is decompressed is cut off', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
    );
    expect(await failure(ask(url, { maxBytes: 100_000 }))).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  test('headers without end are cut off', async () => {
    const url = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const write = () => {
        while (!socket.destroyed && socket.write(`X: ${'y'.repeat(1000)}\r\n`));
      };
      socket.on('drain', write);
      write();
    });
    expect(await failure(ask(url))).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('localhost') });
  });

  test.each([
    ['that says nothing', () => {}],
    ['that sends a byte now and then', (socket: Socket) => void setInterval(() => socket.write('H'), 20).unref()],
    ['that goes on telling it to wait', (socket: Socket) => void setInterval(() => socket.write('HTTP/1.1 102 P\r\n\r\n'), 20).unref()],
    ['that stops within its answer', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')],
  ])('a server %s is waited for no longer than told', async (_, onSocket) => {
    const url = await serveTcp(onSocket);
    expect(await failure(ask(url, { timeoutMs: 200 }))).toMatchObject({
      code: expect.stringMatching(/^(TIMEOUT|NETWORK)$/),
      details: { requestSent: true },
    });
  });

  test.each([
    ['cuts the connection', (socket: Socket) => void socket.destroy(), 'was cut'],
    ['answers in another language', (socket: Socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'does not answer in HTTP'],
    ['switches protocols', (socket: Socket) => void socket.write('HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'), ''],
  ])('a server that %s is a network error', async (_, onSocket, words) => {
    expect(await failure(ask(await serveTcp(onSocket)))).toMatchObject({ code: 'NETWORK', message: expect.stringContaining(words) });
  });

  test('a port where nobody listens is named', async () => {
    expect(await failure(ask('http://127.0.0.1:1/'))).toMatchObject({
      code: 'NETWORK',
      message: '127.0.0.1:1 refused the connection',
      details: { requestSent: false },
    });
  });

  test('an abort ends it, before it starts and while it waits', async () => {
    expect(await failure(ask('http://127.0.0.1:1/', { signal: AbortSignal.abort() }))).toMatchObject({ code: 'INTERRUPTED' });
    const abort = new AbortController();
    const url = await serve(() => abort.abort());
    expect(await failure(ask(url, { signal: abort.signal }))).toMatchObject({ code: 'INTERRUPTED' });
  });

  test('no connection stays open afterwards', async () => {
    const closed: Promise<unknown>[] = [];
    const server = createServer((_, response) => response.end('x')).on('connection', (socket) => closed.push(once(socket, 'close')));
    const port = await listen(server);
    await ask(`http://localhost:${port}/`);
    await Promise.all(closed);
    server.close();
  });
});

test('a time limit of years is a long one, not none', async () => {
  const url = await serve((_request, response) => response.end('found'));
  expect((await ask(url, { timeoutMs: 1e12 })).status).toBe(200);
});

describe('a proxy', () => {
  test('in HTTP_PROXY is given the whole address, without its fragment', async () => {
    const { url, asked } = await proxy();
    const { body } = await ask('http://lyncdiscover.lab.test/?sipuri=a#x', { env: { HTTP_PROXY: url } });
    expect(body.toString()).toBe('by proxy');
    expect([asked[0]?.url, asked[0]?.headers.host]).toEqual(['http://lyncdiscover.lab.test/?sipuri=a', 'lyncdiscover.lab.test']);
    expect(asked[0]?.headers['proxy-authorization']).toBeUndefined();
  });

  test('in HTTPS_PROXY is not asked', async () => {
    const { url, asked } = await proxy();
    const target = await serve((_, response) => response.end('direct'));
    expect((await ask(target, { env: { HTTPS_PROXY: url } })).body.toString()).toBe('direct');
    expect(asked).toEqual([]);
  });

  test('is not asked for what NO_PROXY names', async () => {
    const { url, asked } = await proxy();
    const target = await serve((_, response) => response.end('direct'));
    for (const name of ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY']) {
      expect((await ask(target, { env: { [name]: url, NO_PROXY: 'localhost' } })).body.toString()).toBe('direct');
    }
    expect(asked).toEqual([]);
  });

  test('gets the name and password of its own address', async () => {
    const { url, asked } = await proxy();
    await ask('http://lyncdiscover.lab.test/', { env: { http_proxy: url.replace('//', '//proxy%20user:p%40ss@') } });
    const expected = `Basic ${Buffer.from('proxy user:p@ss').toString('base64')}`;
    expect(asked[0]?.headers['proxy-authorization']).toBe(expected);
  });

  test('that wants a name and a password is named, with where to give them', async () => {
    const { url } = await proxy(407);
    const error = await failure(ask('http://lyncdiscover.lab.test/', { env: { HTTP_PROXY: url } }));
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining(`the proxy localhost:`) });
    expect(error.hint).toContain('HTTP_PROXY=');
  });

  test('that cannot be reached is named, not the server behind it', async () => {
    const error = await failure(ask('http://lyncdiscover.lab.test/', { env: { HTTP_PROXY: 'http://127.0.0.1:1' } }));
    expect(error).toMatchObject({ message: 'the proxy 127.0.0.1:1 refused the connection', details: { requestSent: false } });
  });

  test('whose own name is wrong is named, and what to look at', async () => {
    const error = await failure(ask('http://lyncdiscover.lab.test/', { env: { HTTP_PROXY: 'http://nosuch.invalid:3128' } }));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: 'the name of the proxy nosuch.invalid:3128 cannot be found',
      hint: expect.stringContaining('HTTP_PROXY'),
      details: { requestSent: false, proxy: 'nosuch.invalid:3128' },
    });
  });

  test.each(['socks5://localhost:1080', 'http://user:50%off@localhost:3128', 'http://['])('called %s is refused', async (name) => {
    const error = await failure(ask('http://lyncdiscover.lab.test/', { env: { HTTP_PROXY: name } }));
    expect([error.code, error.hint]).toEqual(['CONFIG_INVALID', expect.stringContaining('set HTTP_PROXY')]);
  });

  test('that is reached over TLS is verified', async () => {
    const authority = createAuthority();
    const dir = tempDir('plain');
    writeFileSync(join(dir, 'ca.pem'), authority.pem);
    const { url, close } = await startHttps(authority.identity(), (request, response) => response.end(request.url));
    onTestFinished(() => close());
    const env = { HTTP_PROXY: url };
    const { body } = await ask('http://lyncdiscover.lab.test/', { env, caFile: join(dir, 'ca.pem') });
    expect(body.toString()).toBe('http://lyncdiscover.lab.test/');
    expect(await failure(ask('http://lyncdiscover.lab.test/', { env }))).toMatchObject({
      code: 'TLS_UNTRUSTED',
      message: expect.stringContaining('the proxy'),
      details: { requestSent: false },
    });
  });
});
