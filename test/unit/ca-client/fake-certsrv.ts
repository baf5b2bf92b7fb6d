/** A CA's web pages on loopback for tests of the client: each test says what a page answers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertsrvClient } from '../../../src/ca-client/certsrv.js';
import type { CaClient } from '../../../src/ca-client/types.js';
import { createHttpClient } from '../../../src/http/client.js';
import { Secret } from '../../../src/secret.js';
import { createAuthority, startHttps } from '../../support/loopback-https.js';

export const authority = createAuthority('Contoso CA');
const identity = authority.identity();

export interface SeenRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What a page answers: a body, or a whole answer, or anything done by hand. */
export type Page =
  | string
  | Buffer
  | { status: number; headers?: Record<string, string | string[]>; body?: string | Buffer }
  | ((request: SeenRequest, response: ServerResponse) => void);

export interface FakeCertsrv {
  ca: CaClient;
  url: string;
  seen: SeenRequest[];
  close(): Promise<void>;
}

/** Starts a server whose pages are named by path, or by path and query; all others are missing. */
export async function fakeCertsrv(
  pages: Record<string, Page>,
  options: { base?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<FakeCertsrv> {
  const seen: SeenRequest[] = [];
  const server = await startHttps(identity, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'https://localhost');
      const { method = '', headers } = request;
      const one = { method, path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      send(pages[request.url ?? ''] ?? pages[url.pathname] ?? { status: 404 }, one, response);
    });
  });
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-certsrv-'));
  writeFileSync(join(dir, 'ca.pem'), authority.pem);
  const http = createHttpClient({ caFile: join(dir, 'ca.pem'), env: {}, timeoutMs: 5000, signal: options.signal });
  const url = `${server.url}${options.base ?? ''}`;
  const auth = { scheme: 'basic', user: 'CONTOSO\\kim', password: new Secret('Passw0rd!') } as const;
  return {
    ca: createCertsrvClient({ url, http, auth, timeoutMs: options.timeoutMs }),
    url,
    seen,
    close: async () => {
      http.close();
      rmSync(dir, { recursive: true });
      await server.close();
    },
  };
}

function send(page: Page, request: SeenRequest, response: ServerResponse): void {
  if (typeof page === 'function') page(request, response);
  else if (typeof page === 'string' || Buffer.isBuffer(page)) response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
  else response.writeHead(page.status, page.headers).end(page.body);
}
