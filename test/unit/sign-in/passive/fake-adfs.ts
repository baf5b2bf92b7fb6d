/** A pool and its AD FS under their real names, on loopback: names and ports lead through a proxy to two servers, one of which asks for certificates. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../../../src/http/client.js';
import type { Log } from '../../../../src/log.js';
import { parseAddress } from '../../../../src/sign-in/address.js';
import { createTrustRule } from '../../../../src/sign-in/trust-rule.js';
import type { MethodInput } from '../../../../src/sign-in/types.js';
import { createAuthority, listen } from '../../../support/loopback-https.js';
import { softwareIdentity } from '../../../support/software-identity.js';

export const authority = createAuthority();
export const card = softwareIdentity(authority.issuer);
const NAMES = [
  'pool.lab.test',
  'sts.lab.test',
  'certauth.sts.lab.test',
  'partner.lab.test',
  'certauth.partner.lab.test',
  'sts.evil.test',
  'evil-lab.test',
  'certauth.evil.test',
];
const server = authority.identity({ dnsNames: NAMES });
const trustedFile = join(mkdtempSync(join(tmpdir(), 'lyncauth-adfs-')), 'ca.pem');
writeFileSync(trustedFile, authority.pem);
process.once('exit', () => rmSync(join(trustedFile, '..'), { recursive: true, force: true }));

export interface Asked {
  /** With the port when it is not 443. */
  host: string;
  method: string;
  path: string;
  query: URLSearchParams;
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
}

export type Site = (asked: Asked) => Answer | undefined;

export interface Network {
  input: MethodInput;
  /** `METHOD host/path`, with ` +card` where the certificate was shown. */
  log: string[];
  /** All that reached a server, with bodies and cookies. */
  asked: Asked[];
  /** Requests for which the client held the card ready. */
  offered: URL[];
  http: HttpClient;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** Which of `host:port` ask for a certificate; certauth names and 49443 unless told otherwise. */
  asks?: (target: string) => boolean;
  maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  trustDomains?: string[];
  now?: () => Date;
  timeoutMs?: number;
  /** Of the HTTP client. */
  log?: Log;
  /** Targets that cannot be connected to. */
  closed?: string[];
}

const asksByDefault = (target: string) => target.startsWith('certauth.') || target.endsWith(':49443');

/** `sites` are asked in turn; what none answers is 404. */
export async function startNetwork(sites: Site[], options: NetworkOptions = {}): Promise<Network> {
  const {
    asks = asksByDefault,
    maxVersion = 'TLSv1.3',
    trustDomains = [],
    now = () => new Date(),
    timeoutMs = 5000,
    closed = [],
    log: clientLog,
  } = options;
  const log: string[] = [];
  const all: Asked[] = [];
  const sockets = new Set<Socket>();
  const tls = { cert: server.certificate, key: server.key, ca: authority.pem, maxVersion, rejectUnauthorized: false };
  const handle = async (request: IncomingMessage, respond: (answer: Answer) => void) => {
    const asked = await read(request);
    all.push(asked);
    log.push(`${asked.method} ${asked.host}${asked.path}${asked.shown === undefined ? '' : ' +card'}`);
    respond(sites.map((site) => site(asked)).find((answer) => answer !== undefined) ?? { status: 404 });
  };
  const servers = [false, true].map((requestCert) => {
    const https = createHttps({ ...tls, requestCert }, (request, response) => {
      void handle(request, ({ status = 200, headers = {}, body = '', reset, hang }) => {
        if (hang) return;
        if (reset) return void request.socket.destroy();
        response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(body);
      });
    });
    https.on('tlsClientError', () => {});
    return https;
  });
  const [plain = 0, asking = 0] = await Promise.all(servers.map(listen));
  const proxy = createServer();
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
  const client = createHttpClient({
    caFile: trustedFile,
    env: { HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}` },
    timeoutMs,
    log: clientLog,
  });
  const offered: URL[] = [];
  const http: HttpClient = {
    request: (request: HttpRequest) => {
      if (request.identity !== undefined) offered.push(request.url);
      return client.request(request);
    },
    close: () => client.close(),
  };
  const address = parseAddress('alice@lab.test');
  const input: MethodInput = {
    http,
    log: undefined,
    address,
    trust: createTrustRule(address, { trustDomains }),
    tokenUrl: new URL('https://pool.lab.test/WebTicket/oauthtoken'),
    passiveUrl: new URL('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx'),
    identity: card,
    password: undefined,
    now,
  };
  const close = async () => {
    client.close();
    for (const socket of sockets) socket.destroy();
    for (const one of servers) one.closeAllConnections();
    await Promise.all([...servers, proxy].map((one) => new Promise((ended) => one.close(ended))));
  };
  return { input, log, asked: all, offered, http, close };
}

async function read(request: IncomingMessage): Promise<Asked> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const url = new URL(request.url ?? '/', 'https://x');
  const subject = (request.socket as TLSSocket).getPeerCertificate?.()?.subject as { CN?: string } | undefined;
  const cookies = (request.headers.cookie ?? '')
    .split('; ')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split(/=(.*)/s).slice(0, 2));
  return {
    host: request.headers.host ?? '',
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    form: new URLSearchParams(body),
    cookies: Object.fromEntries(cookies),
    shown: subject?.CN,
  };
}
