/** One HTTP exchange of the practice organisation: reads the request, lets its handler answer, sends that as slowly or badly as it says. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { LabHandler, LabRequest, LabResponse } from './message.js';

const MAXIMUM_BODY_BYTES = 1024 * 1024;

export interface Exchange {
  answer(handler: LabHandler, request: IncomingMessage, response: ServerResponse): void;
  /** Forgets the answers that were still to be sent. */
  close(): void;
}

/** The exchanges of one host. */
export function createExchange(): Exchange {
  const timers = new Set<NodeJS.Timeout>();
  return {
    answer: (handler, request, response) => {
      exchange(request, response, handler, timers).catch(() => request.socket.destroy());
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  handler: LabHandler,
  timers: Set<NodeJS.Timeout>,
): Promise<void> {
  // Asked before the body is read: a client that leaves takes its certificate with it.
  const tls = tlsFacts(request.socket as TLSSocket);
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { Connection: 'close' }).end();
    return;
  }
  const url = new URL(request.url ?? '/', 'https://localhost');
  const answer = handler({
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    ...tls,
  });
  if (answer.delayMs === undefined) {
    send(request, response, answer);
    return;
  }
  const timer = setTimeout(() => {
    timers.delete(timer);
    send(request, response, answer);
  }, answer.delayMs);
  timers.add(timer);
}

function tlsFacts(socket: Partial<TLSSocket>): Pick<LabRequest, 'peerCertificate' | 'tlsVersion'> {
  const certificate = (socket.getPeerCertificate?.() as { raw?: Buffer } | undefined)?.raw;
  const version = socket.getProtocol?.();
  return { ...(certificate === undefined ? {} : { peerCertificate: certificate }), ...(version ? { tlsVersion: version } : {}) };
}

/** The body, undefined when it is longer than anything a client has reason to send. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAXIMUM_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, answer: LabResponse): void {
  if (answer.cut === true) {
    request.socket.destroy();
    return;
  }
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  const body = Buffer.from(answer.body);
  if (answer.chunked !== true && answer.status !== 204) response.setHeader('Content-Length', body.length);
  response.writeHead(answer.status).end(request.method === 'HEAD' ? undefined : body);
}
