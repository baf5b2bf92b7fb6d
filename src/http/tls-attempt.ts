/** What the two connections of a request with a card share: limits, names and how TLS is started. Sends no certificate by itself. */
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type SecureContext, type TLSSocket } from 'node:tls';
import { exchangeFailure, interrupted, timedOut } from './failure.js';
import { GuardedSocket } from './guarded-socket.js';
import { startLimit } from './limit.js';
import { hostOf, openTransport } from './transport.js';
import type { TlsVersion } from './trust-store.js';

export interface ConnectOptions {
  /** The roots to trust, PEM. */
  ca: readonly string[];
  /** Made of `ca`, for connections without a certificate. */
  secureContext: SecureContext;
  proxy: URL | undefined;
  /** For one connection: name, proxy and TLS handshake; milliseconds, without what the card takes. */
  connectMs: number;
  maxVersion?: TlsVersion | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Runs one attempt to connect, with a signal that aborts when its time is up or `options.signal` aborts.
 *
 * @throws LyncauthError with `details.requestSent` false, whatever `work` throws.
 */
export async function attempt<T>(url: URL, options: ConnectOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { proxy, connectMs, signal } = options;
  const giveUp = new AbortController();
  const onAbort = () => giveUp.abort(interrupted(url));
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const endLimit = startLimit(connectMs, () => giveUp.abort(timedOut(proxy ?? url, 'could not be connected to', connectMs)));
  try {
    return await work(giveUp.signal);
  } catch (error) {
    throw exchangeFailure(giveUp.signal.aborted ? giveUp.signal.reason : error, { url, requestSent: false });
  } finally {
    endLimit();
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Connects, and starts TLS over the connection; every write is announced to `look`, which ends the connection by throwing.
 *
 * @param tls - with a SecureContext; the server is verified in any case
 * @returns a socket in its handshake: see {@link handshake}
 */
export async function startTls(
  url: URL,
  options: ConnectOptions,
  tls: { signal: AbortSignal; secureContext: SecureContext; look: (socket: TLSSocket) => void },
): Promise<TLSSocket> {
  const transport = await openTransport(url, options, tls.signal);
  const host = hostOf(url);
  let socket: TLSSocket | undefined;
  // The first flight leaves while connect() runs: there is nothing to look at yet.
  const guarded = new GuardedSocket(transport, () => socket && tls.look(socket));
  const settings: ConnectionOptions = {
    socket: guarded,
    host,
    // RFC 6066 section 3: a name, never an address.
    servername: isIP(host) ? '' : host,
    secureContext: tls.secureContext,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  };
  socket = connect(settings);
  // Whoever waits for the socket learns of an error by its end, too; without a listener it would end the process.
  socket.on('error', () => {});
  return lettingGo(socket, transport);
}

/** Waits until the server is verified and the handshake done. */
export async function handshake(socket: TLSSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(socket.errored ?? Object.assign(new Error('closed in the handshake'), { code: 'ECONNRESET' })));
  });
  // What came with the server's last flight may already have ended the connection.
  if (socket.destroyed) throw socket.errored ?? new Error('closed after the handshake');
}

/** A pool lets go of an idle connection, so that it keeps no process alive; TLS over a stream does not pass that on. */
function lettingGo(socket: TLSSocket, transport: Socket): TLSSocket {
  socket.ref = () => {
    transport.ref();
    return socket;
  };
  socket.unref = () => {
    transport.unref();
    return socket;
  };
  return socket;
}
