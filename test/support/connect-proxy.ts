/** An HTTP proxy on loopback that opens tunnels to loopback (CONNECT, RFC 9110 section 9.3.6), or refuses to. */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { listen, type ServerIdentity } from './loopback-https.js';

export interface ConnectProxy {
  url: string;
  /** Every CONNECT request. */
  asked: IncomingMessage[];
  stop(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** What it answers to CONNECT, 0 for nothing. */
  status?: number;
  /** It is itself reached over TLS. */
  identity?: ServerIdentity;
  /** The port on loopback that stands for `name:port`; undefined for the host of that name. */
  route?: (target: string) => number | undefined;
}

export async function startProxy({ status = 200, identity, route }: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  const server = identity ? createHttpsServer({ cert: identity.certificate, key: identity.key }) : createHttpServer();
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    if (status === 0) return;
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 6\r\n\r\n<html>`);
    const [host, port] = (request.url ?? '').split(':');
    const routed = route?.(request.url ?? '');
    const local = routed !== undefined || /(?:^|\.)localhost$/.test(host ?? '');
    const upstream = connect(routed ?? Number(port), local ? '127.0.0.1' : host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.push(upstream);
    socket.on('error', () => {});
    upstream.on('error', () => socket.destroy());
  });
  const port = await listen(server);
  return {
    url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((stopped) => server.close(() => stopped()));
    },
  };
}
