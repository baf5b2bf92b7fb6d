/** A GET over http, for finding servers only. It can carry no cookie, no authorization and no body, and follows no redirect. */
import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import { LyncauthError } from '../errors.js';
import type { Log } from '../log.js';
import { readBody } from './body.js';
import type { HttpResponse } from './exchange.js';
import { logExchange, traceHeaders } from './exchange-log.js';
import { exchangeFailure, interrupted, serverName, timedOut } from './failure.js';
import { startLimit } from './limit.js';
import { proxyWantsLogon, startRequest } from './plain-request.js';
import { proxyFor } from './proxy.js';
import { responseTo } from './response.js';

const CONNECT_MS = 10_000;

export interface PlainOptions {
  /** For the whole exchange, milliseconds; connecting takes at most 10 seconds of it. */
  timeoutMs: number;
  /** Of the body after decompression. */
  maxBytes: number;
  /** Nothing else is sent but Host and User-Agent. */
  headers?: { readonly Accept?: string };
  /** Names the proxy: HTTP_PROXY, NO_PROXY. */
  env: Readonly<Record<string, string | undefined>>;
  /** Vouches for a proxy that is itself reached over TLS. */
  caFile?: string | undefined;
  signal?: AbortSignal | undefined;
  log?: Log | undefined;
}

/**
 * Asks `url` over http. Whatever it answers may come from anybody between here and there: take addresses from it, never trust.
 *
 * @param url - http: only, without user information
 * @returns any status, redirects among them
 * @throws LyncauthError USAGE for another kind of address; NETWORK, TIMEOUT, TLS_UNTRUSTED (of the proxy), RESPONSE_TOO_LARGE, SERVER_ERROR or
 *   INTERRUPTED, with `details.requestSent`; CONFIG_INVALID for a proxy that is none.
 */
export async function requestPlainly(url: URL, options: PlainOptions): Promise<HttpResponse> {
  refuseUnsuitable(url);
  const { log } = options;
  const started = performance.now();
  try {
    const proxy = proxyFor(url, options.env);
    const headers = { Host: url.host, 'User-Agent': 'lyncauth', 'Accept-Encoding': 'identity', ...acceptOf(options) };
    traceHeaders(log, '>', headers);
    const response = await exchangePlainly(url, proxy, headers, options);
    logExchange(log, 'GET', url, `${response.status} ${response.body.length} bytes`, started);
    traceHeaders(log, '<', response.headers);
    return response;
  } catch (error) {
    logExchange(log, 'GET', url, error instanceof LyncauthError ? error.code : 'failed', started);
    throw error;
  }
}

/** Only this one is taken over, whatever else an object of a looser type may hold. */
function acceptOf({ headers }: PlainOptions): Record<string, string> {
  return headers?.Accept === undefined ? {} : { Accept: headers.Accept };
}

/** Where the exchange stands. */
interface Progress {
  connected: boolean;
  /** Why we ended it ourselves. */
  reason?: LyncauthError;
}

async function exchangePlainly(
  url: URL,
  proxy: URL | undefined,
  headers: Record<string, string>,
  options: PlainOptions,
): Promise<HttpResponse> {
  const progress: Progress = { connected: false };
  let release = () => {};
  try {
    if (options.signal?.aborted) throw interrupted(url);
    const request = startRequest({ ...options, url, proxy, headers });
    release = supervise(request, { url, proxy, progress, options });
    request.end();
    const response = await responseTo(request);
    if (proxy && response.statusCode === 407) {
      response.destroy();
      throw proxyWantsLogon(proxy);
    }
    const body = await readBody(response, options.maxBytes, serverName(url));
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (error) {
    const reached = progress.connected ? undefined : proxy;
    throw exchangeFailure(progress.reason ?? error, { url, proxy: reached, requestSent: progress.connected });
  } finally {
    release();
  }
}

/** Watches the connection, the clock and the signal. @returns what ends the watch. */
function supervise(
  request: ClientRequest,
  { url, proxy, progress, options }: { url: URL; proxy: URL | undefined; progress: Progress; options: PlainOptions },
): () => void {
  const stop = (reason: LyncauthError) => {
    progress.reason ??= reason;
    request.destroy(reason);
  };
  const onAbort = () => stop(interrupted(url));
  const connectMs = Math.min(CONNECT_MS, options.timeoutMs);
  const endTotal = startLimit(options.timeoutMs, () => stop(timedOut(url, 'did not answer in full', options.timeoutMs)));
  const endConnecting = startLimit(connectMs, () => stop(timedOut(proxy ?? url, 'could not be connected to', connectMs)));
  const onConnected = () => {
    progress.connected = true;
    endConnecting();
  };
  request.once('socket', (socket) => socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', onConnected));
  // After the answer began, or after we gave up, errors arrive through the body.
  request.on('error', () => {});
  options.signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    endTotal();
    endConnecting();
    options.signal?.removeEventListener('abort', onAbort);
    request.destroy();
  };
}

function refuseUnsuitable(url: URL): void {
  if (url.protocol !== 'http:')
    throw new LyncauthError('USAGE', `${serverName(url)} is not to be asked over plain http`, { hint: 'use the https address' });
  if (url.username === '' && url.password === '') return;
  throw new LyncauthError('USAGE', `the address of ${url.host} has a user name in it`, { hint: 'give the address without it' });
}
