/** Node's own HTTPS server for a test: wants a client certificate and answers with its subject. */
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientAuthOptions, ClientAuthServer } from './client-auth.js';
import { listen } from './loopback-https.js';

export interface NodeOptions extends ClientAuthOptions {
  /** Takes clients with any certificate or none, to see what they show. */
  lenient?: boolean;
}

export interface NodeServer extends ClientAuthServer {
  /** What each client has shown by the end of its handshake: the certificate's subject, undefined for none. */
  shown(): readonly (string | undefined)[];
  /** Waits for the end of every connection that is open now. */
  drained(): Promise<void>;
}

export async function startNode(options: NodeOptions): Promise<NodeServer> {
  const { identity, clientCa, protocol, lenient = false } = options;
  const sockets = new Set<Socket>();
  const shown: (string | undefined)[] = [];
  const tls = {
    cert: identity.certificate,
    key: identity.key,
    ca: clientCa,
    ...(protocol !== undefined && { minVersion: protocol, maxVersion: protocol }),
  };
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: !lenient }, ({ socket }, response) => {
    const client = socket as TLSSocket;
    response.writeHead(200, { 'X-Client': subjectOf(client) ?? '', 'X-Protocol': client.getProtocol() ?? '' }).end('hello\n');
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket) => shown.push(subjectOf(socket)));
  const port = await listen(server);
  return {
    url: `https://localhost:${port}`,
    shown: () => shown,
    async drained() {
      await Promise.all([...sockets].map((socket) => new Promise((closed) => socket.once('close', closed))));
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((stopped) => server.close(() => stopped()));
    },
  };
}

function subjectOf(client: TLSSocket): string | undefined {
  // Without a certificate Node gives an object without properties.
  const name = (client.getPeerCertificate().subject as { CN?: string } | undefined)?.CN;
  return name === undefined ? undefined : `CN=${name}`;
}
