/** Plain HTTP behind another program that speaks TLS: what the client showed there comes in headers. Only tests start one. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createExchange } from './exchange.js';
import type { LabHandler, LabRequest } from './message.js';

/** The client's certificate, PEM: with blanks in the place of line ends (apache), or percent-encoded (nginx). Empty or `(null)` for none. */
const CERTIFICATE_HEADER = 'x-client-certificate';
/** Such as `TLSv1.2`. */
const PROTOCOL_HEADER = 'x-client-protocol';

export interface FrontEndListener {
  close(): Promise<void>;
}

/**
 * Serves `handler` to a front end, which must set both headers itself at every request.
 *
 * @param path - of the socket file, which is made; the front end may run as anybody, so its folder decides who reaches it.
 */
export async function startBehindFrontEnd(handler: LabHandler, path: string): Promise<FrontEndListener> {
  const exchange = createExchange();
  const server = createServer((request, response) => exchange.answer((message) => handler(withTls(message)), request, response));
  server.listen({ path, readableAll: true, writableAll: true });
  await once(server, 'listening');
  return {
    close: async () => {
      exchange.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
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
