/** A server of a pool for tests: answers are set by method and path, and everything it is sent is kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import { requestPlainly } from '../../src/http/plain.js';
import { createAuthority, listen, type ServerIdentity, startHttps, type TestAuthority } from './loopback-https.js';

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Objects are sent as JSON. */
  body?: unknown;
}

export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface ScriptedServer {
  /** `https://localhost:PORT`, or http. */
  url: string;
  /** The same server by its address, which is another host to whoever compares names. */
  byAddress: string;
  seen: SeenRequest[];
  /** Sets what `GET /path` is answered; without it everything is 404. A function sees the request. */
  on(request: string, answer: ScriptedAnswer | ((request: SeenRequest) => ScriptedAnswer)): void;
}

export interface PoolServers {
  authority: TestAuthority;
  http: HttpClient;
  plain: (url: URL, headers: { readonly Accept: string }, signal?: AbortSignal) => ReturnType<typeof requestPlainly>;
  https(identity?: ServerIdentity): Promise<ScriptedServer>;
  plainHttp(): Promise<ScriptedServer>;
  close(): Promise<void>;
}

/** Servers with certificates of one root, and a client that trusts it. */
export function createPoolServers(): PoolServers {
  const authority = createAuthority();
  const identity = authority.identity();
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-pool-'));
  const caFile = join(dir, 'ca.pem');
  writeFileSync(caFile, authority.pem);
  const http = createHttpClient({ caFile, env: {}, timeoutMs: 5000 });
  const cleanup: (() => unknown)[] = [() => rmSync(dir, { recursive: true }), () => http.close()];
  return {
    authority,
    http,
    plain: (url, headers, signal) => requestPlainly(url, { timeoutMs: 5000, maxBytes: 1024 * 1024, headers, env: {}, signal }),
    https: async (own = identity) => {
      const { server, listener } = scripted();
      const started = await startHttps(own, listener);
      cleanup.push(() => started.close());
      return Object.assign(server, { url: started.url, byAddress: `https://127.0.0.1:${started.port}` });
    },
    plainHttp: async () => {
      const { server, listener } = scripted();
      const sockets = new Set<Socket>();
      const started = createServer(listener).on('connection', (socket) => sockets.add(socket));
      const port = await listen(started);
      cleanup.push(() => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => started.close(resolve));
      });
      return Object.assign(server, { url: `http://localhost:${port}`, byAddress: `http://127.0.0.1:${port}` });
    },
    close: async () => {
      for (const task of cleanup.splice(0).reverse()) await task();
    },
  };
}

function scripted(): { server: ScriptedServer; listener: RequestListener } {
  const answers = new Map<string, ScriptedAnswer | ((request: SeenRequest) => ScriptedAnswer)>();
  const server: ScriptedServer = {
    url: '',
    byAddress: '',
    seen: [],
    on: (request, answer) => void answers.set(request, answer),
  };
  const listener: RequestListener = (message, response) => {
    void read(message).then((request) => {
      server.seen.push(request);
      const set = answers.get(`${request.method} ${request.path.split('?')[0]}`) ?? { status: 404 };
      const { status = 200, headers = {}, body } = typeof set === 'function' ? set(request) : set;
      const raw = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined;
      response.writeHead(status, headers).end(raw ? body : JSON.stringify(body));
    });
  };
  return { server, listener };
}

async function read(message: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body: Buffer.concat(chunks).toString('utf8') };
}
