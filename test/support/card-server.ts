/** An HTTPS server on loopback that remembers what each client showed and sent: for requests that a card authenticates. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { issueCertificate } from '../../src/x509/issue-certificate.js';
import { encodePem } from '../../src/x509/pem.js';
import { listen, type ServerIdentity, type TestAuthority } from './loopback-https.js';

const DAY = 24 * 3600 * 1000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

export interface CardServerOptions {
  identity: ServerIdentity;
  /** The root whose client certificates are taken, PEM. No certificate is asked for without. */
  clientCa?: string;
  version?: 'TLSv1.2' | 'TLSv1.3';
  /** Takes clients with any certificate or none. */
  lenient?: boolean;
  listener?: RequestListener;
  /** More for node:https, such as SNICallback. */
  tls?: ServerOptions;
}

export interface CardServer {
  /** https://localhost:PORT, through the recorder. */
  url: URL;
  /** The certificate's subject of each client at the end of its handshake, undefined for none. */
  shown: (string | undefined)[];
  /** What each connection has sent, as it came over the network. */
  received: Buffer[];
  /** How each broken handshake ended: Node's code. */
  broken: string[];
  /** Waits until every client has closed its connection, so that what it sent is all here. */
  left(): Promise<void>;
  /** Closes every connection at once. */
  drop(): void;
  stop(): Promise<void>;
}

export async function startCardServer(options: CardServerOptions): Promise<CardServer> {
  const { identity, clientCa, version, lenient = false, listener = (_, response) => response.end('ok'), tls = {} } = options;
  const shown: CardServer['shown'] = [];
  const broken: string[] = [];
  const server = createServer(
    {
      cert: identity.certificate,
      key: identity.key,
      ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: !lenient }),
      ...(version && { minVersion: version, maxVersion: version }),
      ...tls,
    },
    listener,
  );
  server.on('secureConnection', (socket) => shown.push(subjectOf(socket)));
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => broken.push(error.code ?? error.message));
  const recorder = record(await listen(server));
  const port = await listen(recorder.server);
  return {
    url: new URL(`https://localhost:${port}/`),
    shown,
    received: recorder.received,
    broken,
    left: recorder.left,
    drop: recorder.drop,
    stop: async () => {
      recorder.drop();
      server.closeAllConnections();
      await Promise.all([recorder.server, server].map((each) => new Promise((closed) => each.close(closed))));
    },
  };
}

function record(port: number): { server: Server; received: Buffer[]; left(): Promise<void>; drop(): void } {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer({ noDelay: true }, (client) => {
    const index = received.push(Buffer.alloc(0)) - 1;
    client.on('data', (chunk) => {
      received[index] = Buffer.concat([received[index] ?? chunk, chunk]);
    });
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        sockets.delete(one);
        other.destroySoon();
      });
    }
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const left = async () => {
    while (sockets.size > 0) await Promise.all([...sockets].map((socket) => once(socket, 'close')));
  };
  return { server, received, left, drop };
}

function subjectOf(client: TLSSocket): string | undefined {
  // Without a certificate Node gives an object without properties.
  const name = (client.getPeerCertificate().subject as { CN?: string } | undefined)?.CN;
  return name === undefined ? undefined : `CN=${name}`;
}

/** A server's certificate with an RSA key that may do everything, for localhost. */
export function rsaServer({ issuer }: TestAuthority): ServerIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = issueCertificate(
    {
      subject: 'CN=server',
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + DAY),
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      extendedKeyUsage: [SERVER_AUTH],
      dnsNames: ['localhost'],
    },
    issuer,
  );
  return { certificate: encodePem('CERTIFICATE', certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
