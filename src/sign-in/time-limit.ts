/** How much time the servers of one sign-in get together. Nothing else counts: neither a person who is asked, nor what the card takes. */
import { createTimeBudget } from '../http/time-budget.js';
import type { PoolTools } from './find-pool.js';

/** As many of the longest exchanges as all of a sign-in may take: enough where a server or two is slow, too little for one that means to be. */
const LONGEST_EXCHANGES = 5;
const EXCHANGE_SECONDS = 60;

/** @param seconds that one exchange may take: --timeout */
export function togetherMs(seconds: number = EXCHANGE_SECONDS): number {
  return LONGEST_EXCHANGES * seconds * 1000;
}

/** The same tools, whose exchanges end with TIMEOUT once they have taken `ms` together: 20 steps of a minute each are no sign-in. */
export function inLimitedTime<T extends Pick<PoolTools, 'http' | 'plain'>>(tools: T, ms: number = togetherMs()): T {
  const { http, plain } = tools;
  const budget = createTimeBudget(ms);
  return {
    ...tools,
    http: { ...http, request: (request) => budget.spend(request.url, () => http.request(request)) },
    plain: (url, headers, signal) => budget.spend(url, () => plain(url, headers, signal)),
  };
}
