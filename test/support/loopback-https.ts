/** Real HTTPS servers on loopback for tests, with certificates made for the test. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Issuer, issueCertificate, selfSigned } from '../../src/x509/issue-certificate.js';
import { encodePem } from '../../src/x509/pem.js';

const DAY = 24 * 3600 * 1000;

export interface ServerIdentity {
  /** PEM. */
  certificate: string;
  key: string;
}

export interface TestAuthority {
  /** The root, PEM: what --ca-file wants. */
  pem: string;
  issuer: Issuer;
  /** A certificate for a server. For 127.0.0.1 and localhost, and valid now, unless told otherwise. */
  identity(options?: { dnsNames?: string[]; ipAddresses?: string[]; notBefore?: Date; notAfter?: Date }): ServerIdentity;
}

export interface LoopbackServer {
  /** https://localhost:PORT */
  url: string;
  port: number;
  /** How many TCP connections were opened so far. */
  connections(): number;
  close(): Promise<void>;
}

/** A root of its own for one test. */
export function createAuthority(name = 'Test root'): TestAuthority {
  const key = newKey();
  const notBefore = new Date(Date.now() - 30 * DAY);
  const content = {
    subject: `CN=${name}`,
    notBefore,
    notAfter: new Date(Date.now() + 30 * DAY),
    isCa: true,
    keyUsage: ['keyCertSign', 'cRLSign'] as const,
  };
  const issuer = { certificate: selfSigned(content, key), key };
  return {
    issuer,
    pem: encodePem('CERTIFICATE', issuer.certificate),
    identity: (options = {}) => {
      const own = newKey();
      const certificate = issueCertificate(
        {
          subject: 'CN=server',
          publicKey: createPublicKey(own).export({ type: 'spki', format: 'der' }),
          notBefore: options.notBefore ?? new Date(Date.now() - DAY),
          notAfter: options.notAfter ?? new Date(Date.now() + DAY),
          keyUsage: ['digitalSignature'],
          extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
          dnsNames: options.dnsNames ?? ['localhost'],
          ipAddresses: options.ipAddresses ?? ['127.0.0.1'],
        },
        issuer,
      );
      return { certificate: encodePem('CERTIFICATE', certificate), key: own.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startHttps(identity: ServerIdentity, listener: RequestListener): Promise<LoopbackServer> {
  const server = createServer({ cert: identity.certificate, key: identity.key }, listener);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  const port = await listen(server);
  return {
    url: `https://localhost:${port}`,
    port,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function listen(server: Server | import('node:net').Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}
