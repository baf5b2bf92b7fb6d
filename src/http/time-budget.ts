/** A limit for many exchanges together: each of them has its own, and a server that nearly uses it up every time would still take our whole day. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { serverName } from './failure.js';
import { startClock } from './limit.js';

export interface TimeBudget {
  /**
   * Runs one exchange with the server of `url`. Only time in which any exchange runs is counted: not what a card takes, nor a person who is
   * asked. The last one may go beyond the limit by as much as it may take by itself.
   *
   * @throws LyncauthError TIMEOUT, without beginning, when the time is used up; and what `exchange` throws
   */
  spend<T>(url: URL, exchange: () => Promise<T>): Promise<T>;
}

/** @param ms for all exchanges together, milliseconds */
export function createTimeBudget(ms: number): TimeBudget {
  let spent = 0;
  let running = 0;
  /** Since the first of those that run now. */
  let taken = () => 0;
  return {
    spend: async (url, exchange) => {
      if (running === 0) taken = startClock();
      if (spent + taken() >= ms) throw usedUp(url, ms);
      running += 1;
      try {
        return await exchange();
      } finally {
        running -= 1;
        if (running === 0) spent += taken();
      }
    },
  };
}

/** True for the error of a budget: about no server, so another one, or another way, will not help. */
export function isTimeUsedUp(error: unknown): boolean {
  return isLyncauthError(error, 'TIMEOUT') && error.details.timeBudget !== undefined;
}

function usedUp(url: URL, ms: number): LyncauthError {
  const message = `the whole sign-in took longer than the ${ms / 1000} seconds that its servers may take together; ${serverName(url)} is not asked any more`;
  return new LyncauthError('TIMEOUT', message, {
    hint: 'try again later, or allow more time with --timeout SECONDS',
    details: { requestSent: false, timeBudget: ms / 1000 },
  });
}
