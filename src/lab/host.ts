/** Serves handlers over HTTPS on loopback: ports, names and TLS only, no meaning. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ServerCredentials } from './authority-files.js';
import { createExchange, type Exchange } from './exchange.js';
import type { LabHandler } from './message.js';
import { serverNameOf } from './server-name.js';

const LOOPBACK = '127.0.0.1';

/** How TLS is spoken with a client. */
export interface TlsSettings {
  /** Asks for a client certificate in the handshake; the handler judges it, not TLS. */
  readonly requestCert?: boolean;
  /** Issuers named to the client as acceptable, PEM; none unless given. */
  readonly ca?: readonly string[];
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Signature algorithms, in OpenSSL's notation. */
  readonly sigalgs?: string;
}

/** What is behind a name. */
export interface Service {
  readonly handler: LabHandler;
  readonly tls?: TlsSettings;
  /** Connections are reset before they say anything. */
  readonly reset?: boolean;
}

export interface Host {
  /** `https://localhost:PORT`, no slash. */
  readonly origin: string;
  readonly port: number;
  /** Ends every connection, also those that wait for an answer. */
  close(): Promise<void>;
}

export interface HostOptions {
  /** Taken when it is free, else any. */
  readonly port?: number | undefined;
  /** A loopback address; 127.0.0.1 unless given. */
  readonly address?: string | undefined;
}

/**
 * Starts a host.
 *
 * @param select - asked at every connection, with the name that the client asks for ('' when it names none).
 */
export async function startHost(
  credentials: ServerCredentials,
  select: (serverName: string) => Service,
  options: HostOptions = {},
): Promise<Host> {
  const exchange = createExchange();
  const serverFor = tlsServers(credentials, exchange);
  const sockets = new Set<Socket>();
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    whenNamed(socket, (name) => {
      const service = select(name);
      if (service.reset === true) socket.resetAndDestroy();
      else serverFor(service).emit('connection', socket);
    });
  });
  await listen(front, options, options.port ?? 0).catch(() => listen(front, options, 0));
  const { port } = front.address() as AddressInfo;
  return {
    origin: `https://localhost:${port}`,
    port,
    close: async () => {
      exchange.close();
      const closed = once(front, 'close');
      front.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A TLS server for every handler and way of speaking TLS: whether a certificate is asked for cannot be changed in a server of Node's. */
function tlsServers(credentials: ServerCredentials, exchange: Exchange): (service: Service) => Server {
  const known = new Map<LabHandler, Map<string, Server>>();
  return ({ handler, tls = {} }) => {
    const own = known.get(handler) ?? new Map<string, Server>();
    known.set(handler, own);
    const key = JSON.stringify(tls);
    const { ca, ...settings } = tls;
    const server =
      own.get(key) ??
      createHttpsServer(
        { key: credentials.key, cert: credentials.certificate, rejectUnauthorized: false, ...settings, ...(ca && { ca: [...ca] }) },
        (request: IncomingMessage, response: ServerResponse) => exchange.answer(handler, request, response),
      );
    own.set(key, server);
    return server;
  };
}

/** Calls `then` once the client has said which host it wants, with everything it sent put back for TLS to read. */
function whenNamed(socket: Socket, then: (name: string) => void): void {
  const read: Buffer[] = [];
  const look = (chunk: Buffer): void => {
    read.push(chunk);
    const bytes = Buffer.concat(read);
    const name = serverNameOf(bytes);
    if (name === 'more') return;
    socket.off('data', look);
    // Not resumed: TLS takes over the handle, and what is put back here.
    socket.pause();
    socket.unshift(bytes);
    then(name);
  };
  socket.on('data', look);
}

async function listen(server: Server, { address = LOOPBACK }: HostOptions, port: number): Promise<void> {
  server.listen(port, address);
  await once(server, 'listening');
}
