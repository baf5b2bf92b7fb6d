/** Requests with a card through the client: connections that are kept, what is repeated, and what a refusal says. */
import type { RequestListener } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import type { HttpClientOptions, HttpRequest } from '../../../../src/http/client.js';
import type { Signer } from '../../../../src/signer.js';
import { type CardServer, type CardServerOptions, startCardServer } from '../../../support/card-server.js';
import { failure } from '../../../support/failure.js';
import { caFileOf, testClient } from '../../../support/http-client.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { type SoftwareIdentity, slowly, softwareIdentity } from '../../../support/software-identity.js';

const authority = createAuthority();
const stranger = createAuthority('Somebody else');
const clients = createAuthority('Clients');
let told: string[] = [];

afterEach(() => {
  told = [];
});

async function server(options: Partial<CardServerOptions> = {}): Promise<CardServer> {
  const started = await startCardServer({ identity: authority.identity(), clientCa: clients.pem, ...options });
  onTestFinished(() => started.stop());
  return started;
}

const client = (options: Partial<HttpClientOptions> = {}) => testClient(authority, { tell: (text) => told.push(text), ...options });

const get = (url: URL, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'GET', url, ...more });
const post = (url: URL, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'POST', url, body: 'a=b', ...more });
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

describe.each(VERSIONS)('under %s', (version) => {
  test('a request with a card is answered', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version });
    const response = await client().request(post(one.url, { identity }));
    expect([response.status, response.body.toString(), one.shown.at(-1)]).toEqual([200, 'ok', 'CN=p256']);
    expect(told).toEqual([]);
  });

  test('a long body and a long answer pass', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({
      version,
      listener: async (request, response) => {
        let length = 0;
        for await (const chunk of request) length += chunk.length;
        response.setHeader('X-Length', length);
        response.end(Buffer.alloc(1_000_000, 'a'));
      },
    });
    const { headers, body } = await client().request(post(one.url, { identity, body: Buffer.alloc(3_000_000) }));
    expect([headers['x-length'], body.equals(Buffer.alloc(1_000_000, 'a'))]).toEqual(['3000000', true]);
  });

  test('a connection is kept, and costs one signature', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version });
    const http = client();
    for (let i = 0; i < 3; i++) expect((await http.request(get(one.url, { identity }))).status).toBe(200);
    expect([identity.asked.length, one.received.length]).toEqual([1, 2]);
  });

  test('a connection that the server closed meanwhile is replaced for a GET', async () => {
    const identity = softwareIdentity(clients.issuer);
    let requests = 0;
    const one = await server({
      version,
      listener: (request, response) => {
        requests += 1;
        if (requests === 2) request.socket.destroy();
        else response.end('ok');
      },
    });
    const http = client();
    await http.request(get(one.url, { identity }));
    expect((await http.request(get(one.url, { identity }))).status).toBe(200);
    expect(identity.asked).toHaveLength(2);
  });

  test('the error that the signer throws is the error of the request, and nothing was sent', async () => {
    const identity = softwareIdentity(clients.issuer, {
      signSync: () => {
        throw new LyncauthError('PIN_INCORRECT', 'the PIN is wrong');
      },
    });
    const requests: unknown[] = [];
    const one = await server({ version, listener: (request) => requests.push(request.url) });
    expect(await failure(client().request(post(one.url, { identity })))).toMatchObject({
      code: 'PIN_INCORRECT',
      details: { requestSent: false },
    });
    expect([requests, identity.asked.length, told]).toEqual([[], 1, []]);
  });

  test('a card that is slower than every limit is waited for', async () => {
    const identity = softwareIdentity(clients.issuer, { signSync: slowly(900) });
    const one = await server({ version });
    expect((await client({ timeoutMs: 700 }).request(get(one.url, { identity }))).status).toBe(200);
  });

  test('a server that is not trusted gets nothing of the card', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version, identity: stranger.identity() });
    expect(await failure(client().request(get(one.url, { identity })))).toMatchObject({
      code: 'TLS_UNTRUSTED',
      details: { requestSent: false },
    });
    await one.left();
    expect([identity.asked, one.shown]).toEqual([[], []]);
  });

  test('a server that the system vouches for is trusted although the file of the person does not', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version, identity: stranger.identity() });
    const http = client({ env: { SSL_CERT_FILE: caFileOf(stranger) } });
    expect((await http.request(get(one.url, { identity }))).status).toBe(200);
    expect(identity.asked).toHaveLength(1);
  });
});

describe('a connection', () => {
  test('is shared neither by two cards nor with requests without one', async () => {
    const [first, second] = [softwareIdentity(clients.issuer), softwareIdentity(clients.issuer, { kind: 'p384' })];
    const subjects: string[] = [];
    const one = await server({
      lenient: true,
      listener: ({ socket }, response) => {
        subjects.push((socket as TLSSocket).getPeerCertificate().subject?.CN as string);
        response.end();
      },
    });
    const http = client();
    for (const identity of [first, second, undefined, first, second, undefined]) await http.request(get(one.url, { identity }));
    expect(subjects).toEqual(['p256', 'p384', undefined, 'p256', 'p384', undefined]);
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
  });

  test('is made once for requests that are sent together', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server();
    const http = client();
    const responses = await Promise.all([1, 2, 3, 4].map(() => http.request(get(one.url, { identity }))));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(identity.asked).toHaveLength(1);
  });

  test('that is idle holds no process up', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server();
    const active = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    await expect.poll(active).toBe(0);
    await client().request(get(one.url, { identity }));
    // What is left are the three other ends: the recorder's two and the server's.
    await expect.poll(active).toBe(3);
  });

  test('that is being made ends with the time of its request', async () => {
    const one = await server({ tls: { SNICallback: () => {} } });
    const request = get(one.url, { identity: softwareIdentity(clients.issuer), timeoutMs: 200 });
    expect(await failure(client().request(request))).toMatchObject({ code: 'TIMEOUT', details: { requestSent: false } });
    await one.left();
  });

  test('that is being made ends with the client', async () => {
    const identity = softwareIdentity(clients.issuer, { signSync: (sign) => sign() });
    const one = await server({ tls: { SNICallback: () => http.close() } });
    const http = client();
    expect(await failure(http.request(get(one.url, { identity })))).toMatchObject({ code: 'INTERRUPTED', details: { requestSent: false } });
    await one.left();
  });
});

describe('a version', () => {
  test('that a request asks for is not exceeded, with a card or without', async () => {
    const seen: (string | null)[] = [];
    const one = await server({
      lenient: true,
      listener: ({ socket }, response) => {
        seen.push((socket as TLSSocket).getProtocol());
        response.end();
      },
    });
    const http = client();
    const identity = softwareIdentity(clients.issuer);
    for (const more of [{ identity }, {}, { identity, maxVersion: 'TLSv1.2' }, { maxVersion: 'TLSv1.2' }] as const) {
      await http.request(get(one.url, more));
    }
    expect(seen).toEqual(['TLSv1.3', 'TLSv1.3', 'TLSv1.2', 'TLSv1.2']);
  });
});

test('a server that takes no version that was offered is told from one that does not speak TLS', async () => {
  const one = await server({ version: 'TLSv1.3', lenient: true });
  expect(await failure(client().request(get(one.url, { maxVersion: 'TLSv1.2' })))).toMatchObject({
    code: 'NETWORK',
    message: expect.stringContaining('takes no version of TLS that was offered'),
    hint: 'ask who runs the server to allow TLS 1.2 and TLS 1.3',
  });
});

describe('a server that asks for the certificate late', () => {
  /** Answers 200 under TLS 1.2 only, and there not for `closed` paths; otherwise does what `refuse` says. */
  async function late(refuse: RequestListener, closed: string[] = [], tls: ServerOptions = {}): Promise<CardServer & { seen: string[] }> {
    const seen: string[] = [];
    const started = await startCardServer({
      identity: authority.identity(),
      tls,
      listener: (request, response) => {
        const protocol = (request.socket as TLSSocket).getProtocol();
        seen.push(`${request.method} ${protocol}`);
        if (protocol === 'TLSv1.3' || closed.includes(new URL(request.url ?? '', 'https://localhost').pathname)) refuse(request, response);
        else response.end('let in');
      },
    });
    onTestFinished(() => started.stop());
    return { ...started, seen };
  }
  const forbid: RequestListener = (_, response) => response.writeHead(403).end();
  const cut: RequestListener = (request) => request.socket.destroy();

  test.each(['GET', 'POST'] as const)('by 403 is sent a %s once more with TLS 1.2, which is said and remembered', async (method) => {
    const one = await late(forbid);
    const http = client();
    const identity = softwareIdentity(clients.issuer);
    for (let i = 0; i < 2; i++) expect((await http.request({ method, url: one.url, identity })).body.toString()).toBe('let in');
    expect(one.seen).toEqual([`${method} TLSv1.3`, `${method} TLSv1.2`, `${method} TLSv1.2`]);
    expect(told).toEqual([expect.stringContaining('TLS 1.2')]);
  });

  test('by ending the connection is sent a GET once more', async () => {
    const one = await late(cut);
    const identity = softwareIdentity(clients.issuer);
    expect((await client().request(get(one.url, { identity }))).status).toBe(200);
    expect(one.seen).toEqual(['GET TLSv1.3', 'GET TLSv1.2']);
  });

  test('by ending the connection is not sent a POST once more', async () => {
    const one = await late(cut);
    const identity = softwareIdentity(clients.issuer);
    expect(await failure(client().request(post(one.url, { identity })))).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
    expect([one.seen, told]).toEqual([['POST TLSv1.3'], []]);
  });

  test('by ending the connection is sent a POST once more that may reach it twice', async () => {
    const one = await late(cut);
    const identity = softwareIdentity(clients.issuer);
    expect((await client().request(post(one.url, { identity, repeatable: true }))).body.toString()).toBe('let in');
    expect(one.seen).toEqual(['POST TLSv1.3', 'POST TLSv1.2']);
  });

  test('is not looked for when the card has signed', async () => {
    const identity = softwareIdentity(clients.issuer);
    const one = await server({ version: 'TLSv1.3', listener: forbid });
    expect((await client().request(get(one.url, { identity }))).status).toBe(403);
    expect([identity.asked.length, told]).toEqual([1, []]);
  });

  test('is not looked for without a card', async () => {
    const one = await late(forbid);
    expect((await client().request(get(one.url))).status).toBe(403);
    expect(one.seen).toEqual(['GET TLSv1.3']);
  });

  test('is looked for once, when TLS 1.2 makes no difference', async () => {
    const seen: (string | null)[] = [];
    const started = await startCardServer({
      identity: authority.identity(),
      listener: ({ socket }, response) => {
        seen.push((socket as TLSSocket).getProtocol());
        response.writeHead(403).end();
      },
    });
    onTestFinished(() => started.stop());
    const http = client();
    const identity = softwareIdentity(clients.issuer);
    for (let i = 0; i < 3; i++) expect((await http.request(get(started.url, { identity }))).status).toBe(403);
    expect(seen).toEqual(['TLSv1.3', 'TLSv1.2', 'TLSv1.3', 'TLSv1.3']);
    expect(told).toHaveLength(1);
  });

  test('is looked for on each path, since servers ask for some only', async () => {
    const one = await late((_, response) => response.writeHead(403).end(), ['/forbidden']);
    const http = client();
    const identity = softwareIdentity(clients.issuer);
    const status = async (path: string, more: Partial<HttpRequest> = {}) =>
      (await http.request(get(new URL(path, one.url), { identity, ...more }))).status;
    expect([await status('/forbidden?a=1'), await status('/forbidden?a=2'), await status('/late')]).toEqual([403, 403, 200]);
    expect(one.seen).toEqual(['GET TLSv1.3', 'GET TLSv1.2', 'GET TLSv1.3', 'GET TLSv1.3', 'GET TLSv1.2']);
  });

  test('is looked for with each certificate, since what is closed to one may be open to another', async () => {
    const one = await late(forbid, ['/']);
    const http = client();
    for (const identity of [softwareIdentity(clients.issuer), softwareIdentity(clients.issuer)])
      await http.request(get(one.url, { identity }));
    expect(one.seen).toEqual(['GET TLSv1.3', 'GET TLSv1.2', 'GET TLSv1.3', 'GET TLSv1.2']);
  });

  test('is looked for again when it could not be reached meanwhile', async () => {
    let down = false;
    const sniff = { SNICallback: (_: string, done: (error: Error | null) => void) => done(down ? new Error('down') : null) };
    const one = await late(
      (_, response) => {
        response.writeHead(403).end();
        down = !down && told.length === 0;
      },
      [],
      sniff,
    );
    const http = client();
    const identity = softwareIdentity(clients.issuer);
    expect((await http.request(get(one.url, { identity }))).status).toBe(403);
    down = false;
    expect((await http.request(get(one.url, { identity }))).status).toBe(200);
    expect(one.seen).toEqual(['GET TLSv1.3', 'GET TLSv1.3', 'GET TLSv1.2']);
  });

  test('and speaks TLS 1.3 only keeps its first answer', async () => {
    const started = await startCardServer({ identity: authority.identity(), version: 'TLSv1.3', listener: forbid });
    onTestFinished(() => started.stop());
    const http = client();
    const identity = softwareIdentity(clients.issuer);
    for (let i = 0; i < 2; i++) expect((await http.request(get(started.url, { identity }))).status).toBe(403);
    expect(told).toHaveLength(1);
  });
});

describe('a card that makes no PSS signatures', () => {
  /** Lists PSS until it is asked for it. */
  function pretender(): SoftwareIdentity {
    const honest = softwareIdentity(clients.issuer, { kind: 'rsa2048' });
    let pss = true;
    const signSync: Signer['signSync'] = (data, scheme) => {
      const signature = honest.signer.signSync(data, scheme);
      if (scheme.kind !== 'rsa-pss') return signature;
      pss = false;
      throw new LyncauthError('CARD_FAILED', 'the card refused the mechanism');
    };
    const supports: Signer['supports'] = (kind) => kind === 'rsa-pkcs1' || (kind === 'rsa-pss' && pss);
    return { ...honest, signer: { ...honest.signer, signSync, supports } };
  }

  test.each(['GET', 'POST'] as const)(
    'and says so only when it is asked is used with TLS 1.2 from then on, which is told (%s)',
    async (method) => {
      const identity = pretender();
      let requests = 0;
      const one = await server({
        listener: ({ socket }, response) => {
          requests += 1;
          response.end((socket as TLSSocket).getProtocol());
        },
      });
      const http = client();
      for (let i = 0; i < 2; i++) expect((await http.request({ method, url: one.url, identity })).body.toString()).toBe('TLSv1.2');
      expect([requests, identity.asked.map(({ kind }) => kind)]).toEqual([2, ['rsa-pss', 'rsa-pkcs1']]);
      expect(told).toEqual([expect.stringMatching(/RSA-PSS.*TLS 1\.2/)]);
    },
  );

  test('is repeated without a word where only TLS 1.2 was wanted', async () => {
    const one = await server();
    const identity = pretender();
    expect((await client().request(get(one.url, { identity, maxVersion: 'TLSv1.2' }))).status).toBe(200);
    expect([identity.asked.length, told]).toEqual([2, []]);
  });

  test('and fails in another way as well is asked no third time', async () => {
    const identity = pretender();
    const { signSync } = identity.signer;
    const failing: Signer['signSync'] = (data, scheme) => {
      signSync(data, scheme);
      throw new LyncauthError('CARD_REMOVED', 'the card was taken out');
    };
    const one = await server();
    const error = await failure(
      client().request(get(one.url, { identity: { ...identity, signer: { ...identity.signer, signSync: failing } } })),
    );
    expect([error.code, identity.asked.length]).toEqual(['CARD_REMOVED', 2]);
  });

  test('is told once for each card, however many servers there are', async () => {
    const http = client();
    const identities = [0, 1].map(() => softwareIdentity(clients.issuer, { kind: 'rsa2048', pss: false }));
    for (const one of [await server(), await server()]) {
      for (const identity of identities) await http.request(get(one.url, { identity }));
    }
    expect(told).toHaveLength(2);
  });
});
