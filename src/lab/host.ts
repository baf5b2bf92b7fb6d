/** Serves a handler over HTTPS on loopback: sockets, time and transfer only, no meaning. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCredentials } from './authority-files.js';
import type { LabHandler, LabResponse } from './message.js';

const LOOPBACK = '127.0.0.1';
const MAXIMUM_BODY_BYTES = 1024 * 1024;

export interface Host {
  /** `https://localhost:PORT`, no slash. */
  readonly origin: string;
  readonly port: number;
  /** Ends every connection, also those that wait for an answer. */
  close(): Promise<void>;
}

/**
 * Starts the host on 127.0.0.1.
 *
 * @param createHandler - given the origin, which is not known before the port is.
 * @param options - `port`: taken when it is free, else any.
 */
export async function startHost(
  credentials: ServerCredentials,
  createHandler: (origin: string) => LabHandler,
  options: { port?: number | undefined } = {},
): Promise<Host> {
  const server = createServer({ key: credentials.key, cert: credentials.certificate });
  await listen(server, options.port ?? 0).catch(() => listen(server, 0));
  const { port } = server.address() as AddressInfo;
  const origin = `https://localhost:${port}`;
  const handler = createHandler(origin);
  const timers = new Set<NodeJS.Timeout>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    exchange(request, response, handler, timers).catch(() => request.socket.destroy());
  });
  return {
    origin,
    port,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  handler: LabHandler,
  timers: Set<NodeJS.Timeout>,
): Promise<void> {
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
  if (answer.chunked !== true) response.setHeader('Content-Length', body.length);
  response.writeHead(answer.status).end(request.method === 'HEAD' ? undefined : body);
}
