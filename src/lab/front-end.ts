/** Plain HTTP on loopback behind another program that speaks TLS: what the client showed there comes in headers. Only tests start one. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createExchange } from './exchange.js';
import type { Host, HostOptions } from './host.js';
import type { LabHandler, LabRequest } from './message.js';

/** The client's certificate, PEM: with blanks in the place of line ends (apache), or percent-encoded (nginx). Empty or `(null)` for none. */
const CERTIFICATE_HEADER = 'x-client-certificate';
/** Such as `TLSv1.2`. */
const PROTOCOL_HEADER = 'x-client-protocol';

/** Serves `handler` to a front end, which must set both headers itself at every request. */
export async function startBehindFrontEnd(handler: LabHandler, options: HostOptions): Promise<Host> {
  const exchange = createExchange();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => exchange.answer((message) => handler(withTls(message)), request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      exchange.close();
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function withTls(request: LabRequest): LabRequest {
  const pem = decodeURIComponent(String(request.headers[CERTIFICATE_HEADER] ?? ''));
  const base64 = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  const protocol = request.headers[PROTOCOL_HEADER];
  return {
    ...request,
    ...(base64 === undefined ? {} : { peerCertificate: new X509Certificate(Buffer.from(base64, 'base64')).raw }),
    ...(typeof protocol === 'string' ? { tlsVersion: protocol } : {}),
  };
}
