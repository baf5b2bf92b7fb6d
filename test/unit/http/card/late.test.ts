/** A server that asks for the certificate after it has read the request, by renegotiation (TLS 1.2, RFC 5246 section 7.4.1.1): what the signer throws then. */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { type CardServer, startCardServer } from '../../../support/card-server.js';
import { failure } from '../../../support/failure.js';
import { testClient } from '../../../support/http-client.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { softwareIdentity } from '../../../support/software-identity.js';

const authority = createAuthority();
const clients = createAuthority('Clients');
let told: string[] = [];

afterEach(() => {
  told = [];
});

const client = () => testClient(authority, { tell: (text) => told.push(text) });

/** Under TLS 1.3 it answers 403; under TLS 1.2 it renegotiates once it has read the request, and answers who the client then is. */
async function startLate(): Promise<CardServer> {
  const started = await startCardServer({
    identity: authority.identity(),
    tls: { ca: clients.pem, secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION },
    listener: ({ socket }, response) => {
      const client = socket as TLSSocket;
      if (client.getProtocol() === 'TLSv1.3') return void response.writeHead(403).end();
      const name = () => client.getPeerCertificate().subject?.CN as string | undefined;
      if (name() !== undefined) return void response.end(name());
      client.renegotiate({ requestCert: true, rejectUnauthorized: false }, () => {
        // Node calls back when the handshake begins.
        const waiting = setInterval(() => name() !== undefined && response.end(name()), 1);
        response.once('close', () => clearInterval(waiting));
      });
    },
  });
  onTestFinished(() => started.stop());
  return started;
}

test('a request is answered with the card, on a connection that is then kept', async () => {
  const identity = softwareIdentity(clients.issuer);
  const { url, received } = await startLate();
  const http = client();
  for (let i = 0; i < 2; i++)
    expect(await http.request({ method: 'POST', url, identity })).toMatchObject({ status: 200, body: Buffer.from('p256') });
  expect(told).toEqual([expect.stringContaining('TLS 1.2')]);
  // Each version is proven and used, and the second one kept.
  expect([received.length, identity.asked.length]).toEqual([4, 1]);
});

test('what the signer throws late is the error of the request, which may have been read', async () => {
  const identity = softwareIdentity(clients.issuer, {
    signSync: () => {
      throw new LyncauthError('CARD_REMOVED', 'the card was taken out');
    },
  });
  const { url } = await startLate();
  expect(await failure(client().request({ method: 'GET', url, identity, maxVersion: 'TLSv1.2' }))).toMatchObject({
    code: 'CARD_REMOVED',
    details: { requestSent: true },
  });
});

test.each(['GET', 'POST'] as const)(
  'a %s that was read is not sent again when the server then shows another certificate',
  async (method) => {
    const identity = softwareIdentity(clients.issuer);
    const other = authority.identity();
    const requests: (string | undefined)[] = [];
    const started = await startCardServer({
      identity: authority.identity(),
      version: 'TLSv1.2',
      tls: { ca: clients.pem, secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION },
      listener: ({ socket, method: sent }) => {
        requests.push(sent);
        const client = socket as TLSSocket & { setKeyCert(context: SecureContext): void };
        client.setKeyCert(createSecureContext({ cert: other.certificate, key: other.key }));
        client.renegotiate({ requestCert: true, rejectUnauthorized: false }, () => {});
      },
    });
    onTestFinished(() => started.stop());
    expect(await failure(client().request({ method, url: started.url, identity }))).toMatchObject({
      code: 'TLS_UNTRUSTED',
      details: { requestSent: true },
    });
    expect([requests, identity.asked]).toEqual([[method], []]);
  },
);
