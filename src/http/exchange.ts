/** One HTTPS request and its answer. It follows no redirect, repeats nothing, and always knows whether the request may have been read. */
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { type Agent, type RequestOptions as HttpsRequestOptions, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import { LyncauthError } from '../errors.js';
import type { LogonTry } from './auth/scheme.js';
import { readBody } from './body.js';
import { exchangeFailure, interrupted, refusedByProxy, serverName, timedOut } from './failure.js';
import { startLimit } from './limit.js';
import { responseTo } from './response.js';

export interface Exchange {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Buffer | string | undefined;
  pool: Agent;
  /** Whom to trust. Given with the request, since a pool behind a proxy does not pass on its own. */
  secureContext: SecureContext;
  /** Named in errors when the pool goes through it. */
  proxy: URL | undefined;
  /** For name, connection and TLS handshake, milliseconds. */
  connectMs: number;
  /** For everything, to the last byte of the answer, milliseconds. */
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal | undefined;
  /** Hears of the socket that carries the request. */
  onSocket?: ((socket: Duplex) => void) | undefined;
  /** May know better what an error on that socket means. `answered`: on it the server has answered something, now or before. */
  explain?: ((error: unknown, answered: boolean) => unknown) | undefined;
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Whether the card has signed for the connection; only where it was there to. */
  cardShown?: boolean;
  /** With status 401 to a request that was to log its connection on: what was tried. */
  logon?: readonly LogonTry[];
}

type RequestOptions = HttpsRequestOptions & { secureContext: SecureContext };

/** A kept connection turned out to be closed and nothing was answered. Only for a GET, which may be repeated. */
export class StaleConnection extends Error {}

/** Where an exchange stands. */
interface Progress {
  /** No proxy stands, or no longer stands, between us and the server. */
  tunnelled: boolean;
  /** The server was verified, or had been on this connection before: from here on it may have read the request. */
  connected: boolean;
  reused: boolean;
  answered: boolean;
  /** Why we ended it ourselves; the stream's own error then says only that it was ended. */
  reason?: LyncauthError;
}

/**
 * Sends a request and receives the answer, whatever its status.
 *
 * @throws LyncauthError with `details.requestSent`, or StaleConnection.
 */
export async function exchange(call: Exchange): Promise<HttpResponse> {
  const { method, url, headers, pool, proxy, secureContext, signal } = call;
  const progress: Progress = { tunnelled: proxy === undefined, connected: false, reused: false, answered: false };
  let release = () => {};
  try {
    if (signal?.aborted) throw interrupted(url);
    const options: RequestOptions = { method, headers, agent: pool, secureContext, rejectUnauthorized: true };
    const request = httpsRequest(url, options);
    const stopped = new AbortController();
    release = supervise(request, call, progress, stopped);
    request.end(call.body);
    const response = await responseTo(request, stopped.signal);
    progress.answered = true;
    const body = await readBody(response, call.maxBytes, serverName(url));
    if (progress.reason) throw progress.reason;
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (thrown) {
    const error = progress.reason ?? call.explain?.(thrown, progress.answered || progress.reused) ?? thrown;
    if (method === 'GET' && progress.reused && !progress.answered && !(error instanceof LyncauthError)) {
      throw new StaleConnection('connection was closed', { cause: error });
    }
    throw exchangeFailure(error, {
      url,
      proxy: progress.tunnelled ? undefined : proxy,
      requestSent: progress.connected,
    });
  } finally {
    release();
  }
}

/** Watches the connection, the clock and the signal. @returns what ends the watch. */
function supervise(request: ClientRequest, call: Exchange, progress: Progress, stopped: AbortController): () => void {
  const { url, proxy, signal } = call;
  const stop = (reason: LyncauthError) => {
    progress.reason ??= reason;
    // A request that still waits for its connection would say nothing of its end until it has one.
    stopped.abort();
    request.destroy(reason);
  };
  const onAbort = () => stop(interrupted(url));
  const endTotal = startLimit(call.timeoutMs, () => stop(timedOut(url, 'did not answer in full', call.timeoutMs)));
  let endConnecting = () => {};
  const startConnecting = () => {
    endConnecting = startLimit(call.connectMs, () => stop(timedOut(proxy ?? url, 'could not be connected to', call.connectMs)));
  };
  const onConnected = () => {
    progress.tunnelled = true;
    progress.connected = true;
    endConnecting();
  };
  if (proxy) startConnecting();
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    progress.tunnelled = true;
    if (statusCode !== 200 && proxy) progress.reason ??= refusedByProxy(proxy, url, statusCode);
  });
  request.once('socket', (socket) => {
    call.onSocket?.(socket);
    progress.reused = request.reusedSocket;
    // A pool may hand out a connection only when its server is verified.
    if (progress.reused || (socket instanceof TLSSocket && socket.authorized)) return onConnected();
    if (!proxy) startConnecting();
    if (socket instanceof TLSSocket) socket.once('secureConnect', onConnected);
  });
  // After the answer began, or after we gave up, errors arrive through the body.
  request.on('error', () => {});
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    endTotal();
    endConnecting();
    signal?.removeEventListener('abort', onAbort);
  };
}
