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
import { refusedVersion } from '../tls-mismatch.js';
import type { TlsVersion, TrustStore } from '../trust-store.js';
import { type CardConnection, connectWithCard } from './connection.js';
import { createLateServers, isUnreachable, isUnsent, mayHaveAskedLate, type Outcome } from './late-certificate.js';
import { CardPool } from './pool.js';

export interface CardRequest extends Omit<Exchange, 'pool' | 'secureContext' | 'onSocket' | 'explain'> {
  method: 'GET' | 'POST';
  identity: ClientIdentity;
  /** It may reach the server twice. */
  repeatable: boolean;
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

/** Makes, keeps and gives up the connections of every card that they are made with. */
export function createCardRequests({ trust, env, tell }: CardRequestsOptions): CardRequests {
  const pools = new Map<ClientIdentity, Map<string, CardPool>>();
  const lateServers = createLateServers();
  /** Whose limit to TLS 1.2 was told. */
  const limited = new WeakSet<ClientIdentity>();
  const closing = new AbortController();
  let curlWasTold = false;

  function versionFor(identity: ClientIdentity, maxVersion: TlsVersion | undefined): TlsVersion | undefined {
    if (maxVersion === 'TLSv1.2' || !needsTls12(identity.signer)) return maxVersion;
    if (!limited.has(identity)) tell('the card cannot make the signatures that TLS 1.3 needs (RSA-PSS): going on with TLS 1.2');
    limited.add(identity);
    return 'TLSv1.2';
  }

  function connectOptions(request: CardRequest, maxVersion: TlsVersion | undefined, ended: AbortSignal): ConnectOptions {
    const { proxy, connectMs, signal, identity } = request;
    const version = versionFor(identity, maxVersion);
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
    let withPss = false;
    const connect = async () => {
      const options = connectOptions(request, maxVersion, ended.signal);
      withPss = !needsTls12(identity.signer);
      return await connectWithCard(request.url, identity, options);
    };
    const onSocket = (socket: Duplex) => {
      connection = pool.connectionOf(socket);
    };
    const explain = (error: unknown, answered: boolean) => connection?.explain(error, answered) ?? error;
    // The pool itself goes through the proxy.
    const exchanged = { ...call, pool, secureContext: trust.context(), proxy: undefined, onSocket, explain };
    try {
      return { response: await pool.inTurn(connect, () => exchangeOnKept(exchanged)), connection };
    } catch (error) {
      return { error, connection, pssRefused: withPss && needsTls12(identity.signer) };
    } finally {
      // A connection that is still being made, when the time for the request is up, is no longer wanted.
      ended.abort();
    }
  }

  /** As {@link over}, once more for a card that refused PSS: now it is known that it needs TLS 1.2. */
  async function overAsTheCardCan(request: CardRequest, maxVersion: TlsVersion | undefined): Promise<Outcome> {
    const outcome = await over(request, maxVersion);
    const again = 'error' in outcome && outcome.pssRefused && isUnsent(outcome.error);
    return again ? await over(request, maxVersion) : outcome;
  }

  async function send(request: CardRequest): Promise<HttpResponse> {
    const { url, identity, repeatable, maxVersion } = request;
    const first = await overAsTheCardCan(request, lateServers.asksLate(url) ? 'TLSv1.2' : maxVersion);
    if (lateServers.inVain(url, identity) || !mayHaveAskedLate(first, repeatable)) return settle(first);
    tell(`${serverName(url)} may ask for the certificate late, which only TLS 1.2 allows: trying once more with TLS 1.2`);
    const second = await overAsTheCardCan(request, 'TLSv1.2');
    lateServers.learn(url, identity, second);
    return settle(isUnreachable(second) ? first : second);
  }

  async function sendWithCurl(request: CardRequest, { requestWithCurl }: typeof import('../curl.js')): Promise<HttpResponse> {
    const { maxVersion, identity, ...call } = request;
    const { url } = call;
    const options = connectOptions(request, maxVersion, new AbortController().signal);
    const server = await proveServer(url, options).catch((error: unknown) => {
      throw refusedVersion(error, url, identity.signer);
    });
    if (!curlWasTold) tell('the addon that lets TLS use the card is missing: curl opens the card instead');
    curlWasTold = true;
    return await requestWithCurl({ ...call, maxVersion, signal: options.signal, env, server, proxyCa: options.ca }, identity);
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
        if (!isLyncauthError(error, 'ADDON_MISSING')) throw error;
        const curl = await import('../curl.js');
        if (!curl.canUseCurl(request.identity)) throw error;
        return await sendWithCurl(request, curl);
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
  return { ...outcome.response, cardShown: (outcome.connection?.cardKey.signatures ?? 0) > 0 };
}
