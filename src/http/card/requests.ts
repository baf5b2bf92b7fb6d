/** Requests that a card authenticates. Loaded when the first one is made: most commands never make one. */
import type { Duplex } from 'node:stream';
import { isLyncauthError } from '../../errors.js';
import type { ClientIdentity } from '../../signer.js';
import { needsTls12 } from '../card-tls.js';
import type { Exchange, HttpResponse } from '../exchange.js';
import { serverName } from '../failure.js';
import { exchangeOnKept } from '../kept-connection.js';
import { proveServer } from '../server-proof.js';
import type { ConnectOptions } from '../tls-attempt.js';
import type { TlsVersion, TrustStore } from '../trust-store.js';
import { type CardConnection, connectWithCard } from './connection.js';
import { helped, isUnreachable, mayHaveAskedLate, type Outcome } from './late-certificate.js';
import { CardPool } from './pool.js';

export interface CardRequest extends Omit<Exchange, 'pool' | 'secureContext' | 'onSocket' | 'explain'> {
  method: 'GET' | 'POST';
  identity: ClientIdentity;
  maxVersion: TlsVersion | undefined;
}

export interface CardRequests {
  /** @throws LyncauthError as the client's request() does, and what connectWithCard() throws. */
  send(request: CardRequest): Promise<HttpResponse>;
  /** Ends the kept connections: others are trusted from now on. */
  closePools(): void;
  /** Ends every connection, also those that are being made. */
  close(): void;
}

export interface CardRequestsOptions {
  trust: TrustStore;
  env: Readonly<Record<string, string | undefined>>;
  /** Tells a person what is done differently from what was to be expected. */
  tell: (text: string) => void;
}

export function createCardRequests({ trust, env, tell }: CardRequestsOptions): CardRequests {
  const pools = new Map<ClientIdentity, Map<string, CardPool>>();
  /** By origin: the version that made a server ask in time, undefined where it made no difference. */
  const learnt = new Map<string, TlsVersion | undefined>();
  const closing = new AbortController();
  let curlWasTold = false;

  function connectOptions(request: CardRequest, maxVersion: TlsVersion | undefined, ended: AbortSignal): ConnectOptions {
    const { proxy, connectMs, signal, identity } = request;
    const version = needsTls12(identity.signer) ? 'TLSv1.2' : maxVersion;
    return {
      ca: trust.roots(),
      secureContext: trust.context(version),
      proxy,
      connectMs,
      maxVersion: version,
      signal: AbortSignal.any([ended, closing.signal, ...(signal === undefined ? [] : [signal])]),
    };
  }

  function poolFor({ identity, url, proxy }: CardRequest, maxVersion: TlsVersion | undefined): CardPool {
    const own = pools.get(identity) ?? new Map<string, CardPool>();
    pools.set(identity, own);
    const key = [url.origin, maxVersion, proxy?.href].join(' ');
    const pool = own.get(key) ?? new CardPool();
    own.set(key, pool);
    return pool;
  }

  /** One exchange over TLS of at most `maxVersion`. */
  async function over(request: CardRequest, maxVersion: TlsVersion | undefined): Promise<Outcome> {
    const { identity, ...call } = request;
    const pool = poolFor(request, maxVersion);
    const ended = new AbortController();
    let connection: CardConnection | undefined;
    const connect = () => connectWithCard(request.url, identity, connectOptions(request, maxVersion, ended.signal));
    const onSocket = (socket: Duplex) => {
      connection = pool.connectionOf(socket);
    };
    const explain = (error: unknown) => connection?.explain(error) ?? error;
    // The pool itself goes through the proxy.
    const exchanged = { ...call, pool, secureContext: trust.context(), proxy: undefined, onSocket, explain };
    try {
      return { response: await pool.inTurn(connect, () => exchangeOnKept(exchanged)), connection };
    } catch (error) {
      return { error, connection };
    } finally {
      // A connection that is still being made, when the time for the request is up, is no longer wanted.
      ended.abort();
    }
  }

  async function send(request: CardRequest): Promise<HttpResponse> {
    const { origin } = request.url;
    const first = await over(request, learnt.get(origin) ?? request.maxVersion);
    if (learnt.has(origin) || !mayHaveAskedLate(request.method, first)) return settle(first);
    tell(`${serverName(request.url)} may ask for the certificate late, which only TLS 1.2 allows: trying once more with TLS 1.2`);
    const second = await over(request, 'TLSv1.2');
    learnt.set(origin, helped(second) ? 'TLSv1.2' : undefined);
    return settle(isUnreachable(second) ? first : second);
  }

  async function sendWithCurl(request: CardRequest): Promise<HttpResponse> {
    const { method, url, headers, body, proxy, timeoutMs, maxBytes, maxVersion, identity } = request;
    const options = connectOptions(request, maxVersion, new AbortController().signal);
    const server = await proveServer(url, options);
    if (!curlWasTold) tell('the addon that lets TLS use the card is missing: curl opens the card instead');
    curlWasTold = true;
    const { requestWithCurl } = await import('../curl.js');
    const { signal } = options;
    const call = { method, url, headers, body, proxy, timeoutMs, maxBytes, maxVersion, signal, env, server, proxyCa: options.ca };
    return await requestWithCurl(call, identity);
  }

  function closePools(): void {
    for (const own of pools.values()) for (const pool of own.values()) pool.destroy();
    pools.clear();
  }

  return {
    send: async (request) => {
      try {
        return await send(request);
      } catch (error) {
        if (!isLyncauthError(error, 'ADDON_MISSING') || request.identity.external === undefined) throw error;
        return await sendWithCurl(request);
      }
    },
    closePools,
    close: () => {
      closing.abort();
      closePools();
    },
  };
}

function settle(outcome: Outcome): HttpResponse {
  if ('error' in outcome) throw outcome.error;
  return outcome.response;
}
