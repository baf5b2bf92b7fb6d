/** A server that keeps all that it is sent, for tests of what may not be sent. It answers what a file says, and asks every client for a certificate. */

import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ServerIdentity } from './loopback-https.js';

export interface RecordedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Objects are sent as JSON. */
  body?: unknown;
}

/** By address without query, `https://pool.lab.test/path`, or by origin for every path there; the rest is 404. */
export type RecordedAnswers = Readonly<Record<string, RecordedAnswer>>;

/** A connection, or a request on it. */
export type Received = { address: string } & (
  | { event: 'connection' }
  | {
      event: 'request';
      /** `GET https://lyncdiscover.lab.test/?x=y`. */
      request: string;
      headers: IncomingHttpHeaders;
      body: string;
      /** Subject of the certificate that the client showed. */
      certificate?: string;
    }
);

export interface RecorderPlan {
  /** It listens there on 80 and 443. */
  address: string;
  identity: ServerIdentity;
}

export interface RecorderFiles {
  /** JSON, read anew for every request. */
  answers: string;
  /** A line of JSON for everything received, written before it is answered. */
  log: string;
}

export async function startRecorder({ address, identity }: RecorderPlan, files: RecorderFiles): Promise<void> {
  const record = (received: Received): void => appendFileSync(files.log, `${JSON.stringify(received)}\n`);
  const listener: RequestListener = (message, response) => {
    void read(message).then((seen) => {
      record({ address, event: 'request', ...seen });
      const { status = 200, headers = {}, body } = answerTo(seen.request, files.answers);
      response.writeHead(status, headers).end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
    });
  };
  const tls = { cert: identity.certificate, key: identity.key, requestCert: true, rejectUnauthorized: false };
  const serve = async (server: Server, port: number): Promise<void> => {
    server.on('connection', () => record({ address, event: 'connection' }));
    server.on('tlsClientError', () => {});
    server.listen(port, address);
    await once(server, 'listening');
  };
  await Promise.all([serve(createHttpsServer(tls, listener), 443), serve(createServer(listener), 80)]);
}

function answerTo(request: string, file: string): RecordedAnswer {
  const answers = JSON.parse(readFileSync(file, 'utf8')) as RecordedAnswers;
  const { origin, pathname } = new URL(request.slice(request.indexOf(' ') + 1));
  return answers[`${origin}${pathname}`] ?? answers[origin] ?? { status: 404 };
}

async function read(message: IncomingMessage): Promise<Omit<Received & { event: 'request' }, 'address' | 'event'>> {
  const socket = message.socket as Partial<TLSSocket>;
  const subject = socket.getPeerCertificate?.().subject as { CN?: string } | undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    request: `${message.method} ${socket.encrypted === true ? 'https' : 'http'}://${message.headers.host}${message.url}`,
    headers: message.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    ...(subject?.CN === undefined ? {} : { certificate: subject.CN }),
  };
}
