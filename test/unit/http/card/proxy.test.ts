/** Requests with a card through a proxy: both connections are tunnelled, and what the proxy does wrong is said of the proxy. */

import { createSecureContext } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { connectWithCard } from '../../../../src/http/card/connection.js';
import { type CardServer, startCardServer } from '../../../support/card-server.js';
import { type ConnectProxy, startProxy } from '../../../support/connect-proxy.js';
import { failure } from '../../../support/failure.js';
import { testClient } from '../../../support/http-client.js';
import { createAuthority, startHttps } from '../../../support/loopback-https.js';
import { softwareIdentity } from '../../../support/software-identity.js';

const authority = createAuthority();
const clients = createAuthority('Clients');

async function server(): Promise<CardServer> {
  const started = await startCardServer({ identity: authority.identity(), clientCa: clients.pem });
  onTestFinished(() => started.stop());
  return started;
}

async function proxy(options?: Parameters<typeof startProxy>[0]): Promise<ConnectProxy> {
  const started = await startProxy(options);
  onTestFinished(() => started.stop());
  return started;
}

const client = (proxyUrl: string) => testClient(authority, { env: { HTTPS_PROXY: proxyUrl } });

test.each([
  ['http', undefined],
  ['https', authority.identity()],
])('a proxy that speaks %s tunnels both connections, and the second one is kept', async (_, identity) => {
  const one = await server();
  const { url, asked } = await proxy(identity && { identity });
  const card = softwareIdentity(clients.issuer);
  const http = client(url);
  for (let i = 0; i < 2; i++) {
    expect((await http.request({ method: 'GET', url: one.url, identity: card })).body.toString()).toBe('ok');
  }
  expect(asked.map((request) => request.url)).toEqual([`localhost:${one.url.port}`, `localhost:${one.url.port}`]);
  expect(card.asked).toHaveLength(1);
});

test('a proxy over TLS that is not trusted is asked for nothing', async () => {
  const one = await server();
  const { url, asked } = await proxy({ identity: createAuthority('Other').identity() });
  const card = softwareIdentity(clients.issuer);
  const error = await failure(client(url).request({ method: 'GET', url: one.url, identity: card }));
  expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', details: { requestSent: false } });
  expect(error.message).toContain(`proxy ${new URL(url).host}`);
  expect([asked, card.asked, one.received]).toEqual([[], [], []]);
});

test.each([407, 502])('a proxy that answers %i is what the error is about', async (status) => {
  const one = await server();
  const { url } = await proxy({ status });
  const card = softwareIdentity(clients.issuer);
  const error = await failure(client(url).request({ method: 'POST', url: one.url, identity: card, body: 'x' }));
  expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  expect(error.message).toContain(`proxy ${new URL(url).host}`);
  expect(error.message).toContain(String(status));
  expect([card.asked, one.received]).toEqual([[], []]);
});

test('a proxy that is not there is named', async () => {
  const gone = await startHttps(authority.identity(), () => {});
  await gone.close();
  const identity = softwareIdentity(clients.issuer);
  const url = new URL('https://adfs.contoso.test/');
  const error = await failure(client(`http://127.0.0.1:${gone.port}`).request({ method: 'GET', url, identity }));
  expect(error).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  expect(error.message).toContain(`proxy 127.0.0.1:${gone.port}`);
});

test.each([
  ['http', undefined],
  ['https', authority.identity()],
])('a proxy that speaks %s and says nothing is a time-out that names it', async (_, identity) => {
  const { url } = await proxy({ status: 0, ...(identity && { identity }) });
  const ca = [authority.pem];
  const options = { ca, secureContext: createSecureContext({ ca }), proxy: new URL(url), connectMs: 200 };
  const target = new URL('https://adfs.contoso.test/');
  const error = await failure(connectWithCard(target, softwareIdentity(clients.issuer), options));
  expect(error).toMatchObject({ code: 'TIMEOUT', details: { requestSent: false } });
  expect(error.message).toContain(new URL(url).host);
});
