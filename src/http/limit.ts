/** Time limits. What a card takes does not count: all timers stand still while the process waits for it, and would all fire right after. */

/** A day. Node takes a timer of more than 24.8 days for one of a millisecond. */
export const LONGEST_MS = 86_400_000;

/** For how long cards have held up the whole process so far, milliseconds. */
let heldUp = 0;

/** Runs `work`, in which the process waits for a card; every limit that runs is extended by the time it took. */
export function whileCardWorks<T>(work: () => T): T {
  const started = performance.now();
  try {
    return work();
  } finally {
    heldUp += performance.now() - started;
  }
}

/** @returns what tells how many milliseconds have passed since, without what cards took */
export function startClock(): () => number {
  const started = performance.now();
  const before = heldUp;
  return () => performance.now() - started - (heldUp - before);
}

/** Calls `expired` once, after `ms` milliseconds, at most after a day. @returns what ends the limit */
export function startLimit(ms: number, expired: () => void): () => void {
  const started = performance.now();
  const before = heldUp;
  const limit = Math.min(ms, LONGEST_MS);
  let timer: NodeJS.Timeout;
  const look = () => {
    const left = heldUp > before ? started + limit + (heldUp - before) - performance.now() : 0;
    if (left <= 0) return expired();
    timer = setTimeout(look, left);
  };
  timer = setTimeout(look, limit);
  return () => clearTimeout(timer);
}
