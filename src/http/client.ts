/** The HTTPS client everything uses: servers are always verified, redirects are handed back, sizes and times have limits. */
import type { Agent } from 'node:https';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { Log } from '../log.js';
import type { ClientIdentity } from '../signer.js';
import type { CardRequests } from './card/requests.js';
import type { HttpResponse } from './exchange.js';
import { logExchange, traceHeaders } from './exchange-log.js';
import { exchangeOnKept } from './kept-connection.js';
import { LONGEST_MS } from './limit.js';
import { createPool, proxyFor } from './proxy.js';
import { authorization, type Logon, refuseUnsafe } from './request-rules.js';
import { createTrustStore, type TlsVersion } from './trust-store.js';

export type { HttpResponse } from './exchange.js';

const CONNECT_MS = 10_000;
const MAX_BODY_BYTES = 1024 * 1024;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** https: only, without user information. */
  url: URL;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** Any scheme but Basic logs the connection on; then the answer with status 401 tells by `logon` what was tried. */
  auth?: Logon;
  /** Who authenticates in TLS, if the server asks. The PIN has been given: the card signs at once, on the main thread. */
  identity?: ClientIdentity | undefined;
  /** With an identity: a POST that may reach the server twice, since it carries no secret and changes nothing. */
  repeatable?: boolean | undefined;
  /** The highest version of TLS to offer; as the server and Node like unless given. */
  maxVersion?: TlsVersion | undefined;
  /** For the whole exchange; the client's own limit unless given. */
  timeoutMs?: number | undefined;
  /** Of the body after decompression; 1 MiB unless given. */
  maxBytes?: number;
  /** Ends this exchange, as the client's own signal does. */
  signal?: AbortSignal | undefined;
}

export interface HttpClient {
  /**
   * Sends `request`; any status is an answer, redirects among them.
   *
   * @throws LyncauthError NETWORK, TIMEOUT, TLS_UNTRUSTED, RESPONSE_TOO_LARGE or SERVER_ERROR with `details.requestSent`, which is false only
   *   when no byte of the request can have reached the server; INTERRUPTED when the signal aborts; USAGE for a URL that is not https. With an
   *   identity also what its signer throws, KEY_MISMATCH, CERTIFICATE_EXPIRED, CLIENT_CERTIFICATE_REFUSED, CARD_UNSUPPORTED and ADDON_MISSING.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

export interface HttpClientOptions {
  caFile?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  timeoutMs: number;
  log?: Log | undefined;
  signal?: AbortSignal | undefined;
  /** Tells a person that something is done differently from what was to be expected. */
  tell?: ((text: string) => void) | undefined;
}

/**
 * A client with its own connections, at most one to each server.
 *
 * @throws LyncauthError CONFIG_INVALID when NODE_TLS_REJECT_UNAUTHORIZED turns verification off; FILE_UNREADABLE for a bad `caFile`.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { env, log } = options;
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0' || process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') throw verificationOff();
  const trust = createTrustStore(options.caFile, env);
  const pools = new Map<string, Agent>();
  let cards: CardRequests | undefined;

  function closePools(): void {
    for (const pool of pools.values()) pool.destroy();
    pools.clear();
  }

  async function cardRequests(): Promise<CardRequests> {
    const { createCardRequests } = await import('./card/requests.js');
    cards ??= createCardRequests({ trust, env, tell: options.tell ?? (() => {}) });
    return cards;
  }

  /** @param user - who is logged on to the connections of this pool, if anybody is */
  function poolFor(proxy: URL | undefined, maxVersion: TlsVersion | undefined, user = ''): Agent {
    const key = JSON.stringify([maxVersion, proxy?.href, user]);
    const pool = pools.get(key) ?? createPool(proxy, trust.context(maxVersion));
    pools.set(key, pool);
    return pool;
  }

  async function send(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await sendOnce(request);
    } catch (error) {
      // A server may show another certificate in a renegotiation, after it has read the request.
      const repeatable = isLyncauthError(error, 'TLS_UNTRUSTED') && error.details.requestSent === false;
      if (!repeatable || !trust.widen()) throw error;
      closePools();
      cards?.closePools();
      return await sendOnce(request);
    }
  }

  async function sendOnce(request: HttpRequest): Promise<HttpResponse> {
    const { method, url, body, auth, identity, repeatable = false, maxVersion } = request;
    const proxy = proxyFor(url, env);
    const headers = { 'User-Agent': 'lyncauth', 'Accept-Encoding': 'identity', ...request.headers, ...authorization(auth) };
    const limits = {
      connectMs: CONNECT_MS,
      timeoutMs: Math.min(request.timeoutMs ?? options.timeoutMs, LONGEST_MS),
      maxBytes: request.maxBytes ?? MAX_BODY_BYTES,
    };
    const signals = [options.signal, request.signal].filter((signal) => signal !== undefined);
    const call = { method, url, headers, body, proxy, ...limits, signal: AbortSignal.any(signals) };
    traceHeaders(log, '>', headers);
    if (identity) {
      if (method === 'DELETE') throw new LyncauthError('INTERNAL', 'a card authenticates no DELETE');
      return await (await cardRequests()).send({ ...call, method, identity, repeatable: repeatable || method === 'GET', maxVersion });
    }
    const secureContext = trust.context(maxVersion);
    if (auth === undefined || auth.scheme === 'basic')
      return await exchangeOnKept({ ...call, pool: poolFor(proxy, maxVersion), secureContext });
    const [{ sendLoggedOn }, { schemesFor }] = await Promise.all([import('./auth/connection.js'), import('./auth/schemes.js')]);
    const pool = poolFor(proxy, maxVersion, `${auth.scheme} ${url.origin} ${auth.user}`);
    return await sendLoggedOn({ ...call, pool, secureContext }, await schemesFor(auth), log);
  }

  return {
    request: async (request) => {
      refuseUnsafe(request.url);
      const started = performance.now();
      try {
        const response = await send(request);
        logExchange(log, request.method, request.url, `${response.status} ${response.body.length} bytes`, started);
        traceHeaders(log, '<', response.headers);
        return response;
      } catch (error) {
        logExchange(log, request.method, request.url, error instanceof LyncauthError ? error.code : 'failed', started);
        throw error;
      }
    },
    close: () => {
      closePools();
      cards?.close();
    },
  };
}

function verificationOff(): LyncauthError {
  return new LyncauthError('CONFIG_INVALID', 'NODE_TLS_REJECT_UNAUTHORIZED=0 would turn off the verification of servers', {
    hint: 'unset NODE_TLS_REJECT_UNAUTHORIZED, and give a private CA with --ca-file FILE',
  });
}
