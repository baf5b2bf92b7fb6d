/** Servers under their real names, on loopback: a proxy leads names and ports to two servers, one of which asks for certificates. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createAuthority, listen, type ServerIdentity, type TestAuthority } from './loopback-https.js';

export interface Asked {
  /** With the port when it is not that of the scheme. */
  host: string;
  /** False when it came over http. */
  secure: boolean;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  form: URLSearchParams;
  cookies: Record<string, string>;
  /** Subject of the client's certificate, where one was asked for and given. */
  shown: string | undefined;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string;
  /** Ends the connection without an answer. */
  reset?: true;
  /** Never answers. */
  hang?: true;
  /** Answers in its own way. */
  write?: (response: ServerResponse) => void;
}

export type Site = (asked: Asked) => Answer | undefined;

export interface NamedHosts {
  /** What leads a client to them: proxies, and none left out. */
  env: { HTTPS_PROXY: string; HTTP_PROXY: string; NO_PROXY: string; no_proxy: string };
  /** The root of their certificates, PEM; removed when they are closed. */
  caFile: string;
  /** `METHOD host/path`, with ` +card` where a certificate was shown. */
  log: string[];
  /** All that reached a server, with bodies and cookies. */
  asked: Asked[];
  close(): Promise<void>;
}

export interface NamedHostsOptions {
  /** Which of `host:port` ask for a certificate; certauth names and 49443 unless told otherwise. */
  asks?: ((target: string) => boolean) | undefined;
  maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Targets that cannot be connected to. */
  closed?: readonly string[] | undefined;
}

/** A root, and what all of its servers show. */
export interface Names {
  authority: TestAuthority;
  identity: ServerIdentity;
}

const asksByDefault = (target: string) => target.startsWith('certauth.') || target.endsWith(':49443');

/** One certificate for all of `dnsNames`. */
export function certify(dnsNames: string[]): Names {
  const authority = createAuthority();
  return { authority, identity: authority.identity({ dnsNames }) };
}

/** `sites` are asked in turn; what none answers is 404. */
export async function startNamedHosts(
  { authority, identity }: Names,
  sites: readonly Site[],
  { asks = asksByDefault, maxVersion = 'TLSv1.3', closed = [] }: NamedHostsOptions = {},
): Promise<NamedHosts> {
  const log: string[] = [];
  const all: Asked[] = [];
  const sockets = new Set<Socket>();
  const tls = { cert: identity.certificate, key: identity.key, ca: authority.pem, maxVersion, rejectUnauthorized: false };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = await read(request);
    all.push(asked);
    log.push(`${asked.method} ${asked.host}${asked.path}${asked.shown === undefined ? '' : ' +card'}`);
    const answer = sites.map((site) => site(asked)).find((each) => each !== undefined) ?? { status: 404 };
    const { status = 200, headers = {}, body = '', reset, hang, write } = answer;
    if (hang) return;
    if (reset) return void request.socket.destroy();
    if (write) return write(response);
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(body);
  };
  // A client that leaves in the middle is no failure of a server's.
  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response).catch(() => request.destroy());
  const servers = [false, true].map((requestCert) => createHttps({ ...tls, requestCert }, listener).on('tlsClientError', () => {}));
  const [plain = 0, asking = 0] = await Promise.all(servers.map(listen));
  const proxy = createServer(listener);
  proxy.on('connection', (socket: Socket) => sockets.add(socket));
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    const target = request.url ?? '';
    if (closed.includes(target)) return void socket.end('HTTP/1.1 504 No\r\n\r\n');
    const upstream = connect(asks(target) ? asking : plain, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  const url = `http://127.0.0.1:${await listen(proxy)}`;
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-names-'));
  const caFile = join(dir, 'ca.pem');
  writeFileSync(caFile, authority.pem);
  return {
    env: { HTTPS_PROXY: url, HTTP_PROXY: url, NO_PROXY: '', no_proxy: '' },
    caFile,
    log,
    asked: all,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const one of servers) one.closeAllConnections();
      await Promise.all([...servers, proxy].map((one) => new Promise((ended) => one.close(ended))));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const url = new URL(request.url ?? '/', 'https://x');
  const { host = '', cookie = '' } = request.headers;
  const subject = (request.socket as TLSSocket).getPeerCertificate?.()?.subject as { CN?: string } | undefined;
  const pairs = cookie.split('; ').filter((pair) => pair !== '');
  return {
    host,
    secure: 'encrypted' in request.socket,
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    form: new URLSearchParams(body),
    cookies: Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
    shown: subject?.CN,
  };
}
