/** Time limits. What a card takes does not count: all timers stand still while the process waits for it, and would all fire right after. */

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

/** Calls `expired` once, after `ms` milliseconds. @returns what ends the limit */
export function startLimit(ms: number, expired: () => void): () => void {
  const started = performance.now();
  const before = heldUp;
  let timer: NodeJS.Timeout;
  const look = () => {
    const left = heldUp > before ? started + ms + (heldUp - before) - performance.now() : 0;
    if (left <= 0) return expired();
    timer = setTimeout(look, left);
  };
  timer = setTimeout(look, ms);
  return () => clearTimeout(timer);
}
