/** Signals that end the program. Decides who hears of them, never what the program does about them. */

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type EndingSignal = (typeof ENDING)[number];
type Listeners = Map<EndingSignal, NodeJS.SignalsListener[]>;

/**
 * Runs a call that blocks the thread with no listener on SIGINT, SIGTERM and SIGHUP: while the thread is blocked, listeners would
 * only swallow the signal, and without them it ends the process at once. Exactly the listeners of before are put back.
 */
export function withDefaultSignals<T>(call: () => T): T {
  const listeners = takeListeners();
  try {
    return call();
  } finally {
    putBack(listeners);
  }
}

/**
 * Runs `work`; a SIGINT, SIGTERM or SIGHUP meanwhile runs `restore` and then ends the process as that signal does by default,
 * so that whoever started it sees the signal.
 */
export async function endingOnSignal<T>(restore: () => void, work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals): void => {
    try {
      restore();
    } finally {
      takeListeners();
      process.kill(process.pid, signal);
    }
  };
  for (const signal of ENDING) process.prependListener(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of ENDING) process.removeListener(signal, end);
  }
}

function takeListeners(): Listeners {
  const taken: Listeners = new Map();
  for (const signal of ENDING) {
    // The raw ones: a once() listener stays one.
    taken.set(signal, process.rawListeners(signal) as NodeJS.SignalsListener[]);
    process.removeAllListeners(signal);
  }
  return taken;
}

function putBack(listeners: Listeners): void {
  for (const [signal, list] of listeners) for (const listener of list) process.on(signal, listener);
}
