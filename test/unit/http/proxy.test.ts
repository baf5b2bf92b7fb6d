import { expect, onTestFinished, test } from 'vitest';
import { type ConnectProxy, startProxy } from '../../support/connect-proxy.js';
import { testClient } from '../../support/http-client.js';
import { createAuthority, type LoopbackServer, startHttps } from '../../support/loopback-https.js';

const authority = createAuthority();

const client = (env: Record<string, string>) => testClient(authority, { env });

async function target(): Promise<LoopbackServer & { requests: string[] }> {
  const requests: string[] = [];
  const server = await startHttps(authority.identity(), (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.end('through');
  });
  onTestFinished(() => server.close());
  return { ...server, requests };
}

/** A proxy that tunnels, or answers CONNECT with `status`, 0 for nothing. */
async function proxy(status = 200): Promise<ConnectProxy> {
  const started = await startProxy({ status });
  onTestFinished(() => started.stop());
  return started;
}

const request = (url: string) => ({ method: 'GET' as const, url: new URL(url) });

test('HTTPS_PROXY is asked for a tunnel, and the server at its end is verified', async () => {
  const server = await target();
  const { url, asked } = await proxy();
  const http = client({ HTTPS_PROXY: url });
  for (let i = 0; i < 2; i++) expect((await http.request(request(`${server.url}/x`))).body.toString()).toBe('through');
  expect(asked.map((one) => one.url)).toEqual([`localhost:${server.port}`]);
  expect(server.requests).toEqual(['GET /x', 'GET /x']);
});

test('a server behind a proxy that is not trusted gets no request', async () => {
  const server = await startHttps(createAuthority('Other').identity(), () => {
    throw new Error('reached');
  });
  onTestFinished(() => server.close());
  const { url } = await proxy();
  await expect(client({ https_proxy: url }).request(request(server.url))).rejects.toMatchObject({
    code: 'TLS_UNTRUSTED',
    details: { requestSent: false },
  });
});

test('NO_PROXY goes straight to the server', async () => {
  const server = await target();
  const { url, asked } = await proxy();
  await client({ HTTPS_PROXY: url, NO_PROXY: 'localhost,example.com' }).request(request(server.url));
  expect(asked).toEqual([]);
});

test('the name and password of a proxy are sent to it alone', async () => {
  const server = await target();
  const { url, asked } = await proxy();
  await client({ HTTPS_PROXY: url.replace('://', '://me:secret@') }).request(request(server.url));
  expect(asked[0]?.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
});

test.each([407, 502])('a proxy that answers %i is what the error is about, with nothing sent', async (status) => {
  const server = await target();
  const { url } = await proxy(status);
  const error = await client({ HTTPS_PROXY: url })
    .request(request(server.url))
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  expect((error as Error).message).toContain(`proxy ${new URL(url).host}`);
  expect((error as Error).message).toContain(String(status));
  expect(server.requests).toEqual([]);
});

test('a proxy that says nothing holds no request longer than its time', async () => {
  const server = await target();
  const { url } = await proxy(0);
  await expect(client({ HTTPS_PROXY: url }).request({ ...request(server.url), timeoutMs: 150 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    details: { requestSent: false },
  });
});

test('a proxy that is not there is named', async () => {
  const gone = await startHttps(authority.identity(), () => {});
  await gone.close();
  const error = await client({ HTTPS_PROXY: `http://127.0.0.1:${gone.port}` })
    .request(request('https://ca.contoso.test/'))
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  expect((error as Error).message).toContain(`127.0.0.1:${gone.port}`);
});

test('a proxy variable that is no HTTP proxy is a settings error', async () => {
  await expect(client({ HTTPS_PROXY: 'socks5://127.0.0.1:1' }).request(request('https://localhost/'))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});
