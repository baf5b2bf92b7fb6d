/** One HTTPS request and its answer. It follows no redirect, repeats nothing, and always knows whether the request may have been read. */
import { once } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Agent, type RequestOptions as HttpsRequestOptions, request as httpsRequest } from 'node:https';
import { type SecureContext, TLSSocket } from 'node:tls';
import { LyncauthError } from '../errors.js';
import { readBody } from './body.js';
import { exchangeFailure, serverName } from './failure.js';

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
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
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
    release = supervise(request, call, progress);
    request.end(call.body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    progress.answered = true;
    const body = await readBody(response, call.maxBytes);
    if (progress.reason) throw progress.reason;
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (error) {
    if (method === 'GET' && progress.reused && !progress.answered && !progress.reason) {
      throw new StaleConnection('connection was closed', { cause: error });
    }
    throw exchangeFailure(progress.reason ?? error, {
      url,
      proxy: progress.tunnelled ? undefined : proxy,
      requestSent: progress.connected,
    });
  } finally {
    release();
  }
}

/** Watches the connection, the clock and the signal. @returns what ends the watch. */
function supervise(request: ClientRequest, call: Exchange, progress: Progress): () => void {
  const { url, proxy, signal } = call;
  const stop = (reason: LyncauthError) => {
    progress.reason ??= reason;
    request.destroy(reason);
  };
  const onAbort = () => stop(interrupted(url));
  const total = setTimeout(() => stop(timedOut(url, 'did not answer in full', call.timeoutMs)), call.timeoutMs);
  let connecting: NodeJS.Timeout | undefined;
  const startConnecting = () => {
    connecting = setTimeout(() => stop(timedOut(proxy ?? url, 'could not be connected to', call.connectMs)), call.connectMs);
  };
  const onConnected = () => {
    progress.tunnelled = true;
    progress.connected = true;
    clearTimeout(connecting);
  };
  if (proxy) startConnecting();
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    progress.tunnelled = true;
    if (statusCode !== 200 && proxy) progress.reason ??= refusedByProxy(proxy, url, statusCode);
  });
  request.once('socket', (socket) => {
    progress.reused = request.reusedSocket;
    if (progress.reused) return onConnected();
    if (!proxy) startConnecting();
    if (socket instanceof TLSSocket) socket.once('secureConnect', onConnected);
  });
  // After the answer began, or after we gave up, errors arrive through the body.
  request.on('error', () => {});
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(total);
    clearTimeout(connecting);
    signal?.removeEventListener('abort', onAbort);
  };
}

function interrupted(url: URL): LyncauthError {
  return new LyncauthError('INTERRUPTED', `interrupted while talking to ${serverName(url)}`);
}

function timedOut(url: URL, what: string, ms: number): LyncauthError {
  return new LyncauthError('TIMEOUT', `${serverName(url)} ${what} within ${ms / 1000} seconds`, {
    hint: 'check the network, or allow more time with --timeout SECONDS',
  });
}

function refusedByProxy(proxy: URL, url: URL, status: number): LyncauthError {
  const hint =
    status === 407 ? 'the proxy wants a name and a password: HTTPS_PROXY=http://user:password@host:port' : 'check HTTPS_PROXY and NO_PROXY';
  return new LyncauthError('NETWORK', `the proxy ${serverName(proxy)} refused to connect to ${serverName(url)} (status ${status})`, {
    hint,
  });
}
