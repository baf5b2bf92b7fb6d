/** An exchange over connections that are kept: what to do with one that the server may have closed meanwhile. */
import type { Agent } from 'node:https';
import { type Exchange, exchange, type HttpResponse, StaleConnection } from './exchange.js';
import { closeIdle } from './proxy.js';

/** No server closes a connection so soon after it has answered on it. */
const FRESH_MS = 1000;

/** By pool and origin: when it last answered, in milliseconds of performance.now(). */
const answered = new WeakMap<Agent, Map<string, number>>();

/**
 * As {@link exchange}, with one more try for a GET that was lost on a kept connection.
 *
 * @throws LyncauthError with `details.requestSent`
 */
export async function exchangeOnKept(call: Exchange): Promise<HttpResponse> {
  closeStale(call);
  const response = await exchange(call).catch((error: unknown) => {
    if (!(error instanceof StaleConnection)) throw error;
    closeIdle(call.pool);
    return exchange(call);
  });
  noteAnswer(call);
  return response;
}

/** What changes something is not repeated, so it never starts on a connection that the server may have closed meanwhile: such a one is closed. */
export function closeStale({ method, pool, url }: Exchange): void {
  const idle = performance.now() - (answered.get(pool)?.get(url.origin) ?? Number.NEGATIVE_INFINITY);
  if (method !== 'GET' && idle > FRESH_MS) closeIdle(pool);
}

/** The server has answered `call` just now. */
export function noteAnswer({ pool, url }: Exchange): void {
  const times = answered.get(pool) ?? new Map<string, number>();
  answered.set(pool, times.set(url.origin, performance.now()));
}
