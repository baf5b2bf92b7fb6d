/** Several ways to one answer, in an order, each with a head start over the next. It knows nothing of what is asked. */

/** Undefined when it has no answer. `signal` aborts when nobody waits for one any more. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T | undefined>;

/**
 * The first answer of `attempts`. One is begun when all before it have none, or when the one before it has had `headStartMs` milliseconds
 * alone, so that one that hangs holds up nobody for longer.
 *
 * @param signal of whoever waits
 * @returns undefined when no attempt has an answer
 * @throws what the first attempt throws that throws
 */
export function firstOf<T>(attempts: readonly Attempt<T>[], headStartMs: number, signal?: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const running = AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])]);
    let unanswered = 0;
    let next = 0;
    let timer: NodeJS.Timeout | undefined;

    function end(settle: () => void): void {
      clearTimeout(timer);
      over.abort();
      settle();
    }

    function begin(): void {
      clearTimeout(timer);
      const attempt = attempts[next];
      next += 1;
      if (attempt === undefined || running.aborted) {
        if (unanswered === 0) end(() => resolve(undefined));
        return;
      }
      unanswered += 1;
      timer = setTimeout(begin, headStartMs);
      attempt(running).then(
        (answer) => {
          unanswered -= 1;
          if (answer !== undefined) end(() => resolve(answer));
          else if (unanswered === 0) begin();
        },
        (error: unknown) => end(() => reject(error)),
      );
    }

    begin();
  });
}
