/** What the tests of curl as a stand-in for the addon share: a server that asks for a client certificate, and requests to it. */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { CurlRequest } from '../../src/http/curl.js';
import { listen, type ServerIdentity, type TestAuthority } from './loopback-https.js';

interface AskingServer {
  url: URL;
  port: number;
  /** Its own certificate, DER. */
  leaf: Buffer;
  /** One entry for each handshake that failed: the error's code. */
  refused: string[];
}

/** Until the test ends. Takes clients with a certificate of `authority` only, and TLS 1.2 and 1.3 unless `tls` says otherwise. */
export async function startAsking(
  authority: TestAuthority,
  identity: ServerIdentity,
  listener: RequestListener,
  tls: ServerOptions = {},
): Promise<AskingServer> {
  const { certificate: cert, key } = identity;
  const server = createServer({ cert, key, ca: authority.pem, requestCert: true, rejectUnauthorized: true, ...tls }, listener);
  const sockets = new Set<Socket>();
  const refused: string[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => refused.push(error.code ?? error.message));
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((closed) => server.close(() => closed()));
  });
  const leaf = new X509Certificate(cert).raw;
  return { url: new URL(`https://localhost:${port}/`), port, leaf, refused };
}

/** A GET to `server`, with the environment of this process. */
export function requestTo(server: Pick<AskingServer, 'url' | 'leaf'>, more: Partial<CurlRequest> = {}): CurlRequest {
  return {
    method: 'GET',
    url: server.url,
    headers: {},
    body: undefined,
    proxy: undefined,
    connectMs: 10_000,
    timeoutMs: 20_000,
    maxBytes: 1024 * 1024,
    signal: undefined,
    env: process.env,
    server: { leaf: server.leaf },
    ...more,
  };
}

/** Common name and TLS version of a client, as a server sees them. */
export function clientOf({ socket }: IncomingMessage): string {
  const tls = socket as TLSSocket;
  return `${tls.getPeerCertificate().subject.CN} ${tls.getProtocol()}`;
}

/** The body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Process ids of the curls that this process has running. Linux only. */
export function runningCurls(): number[] {
  const read = (path: string) => {
    try {
      return readFileSync(`/proc/${path}`, 'utf8');
    } catch {
      return ''; // it ended meanwhile
    }
  };
  const children = readdirSync('/proc/self/task').flatMap((task) => read(`self/task/${task}/children`).split(' '));
  return children.map(Number).filter((pid) => pid > 0 && read(`${pid}/stat`).includes('(curl)'));
}
