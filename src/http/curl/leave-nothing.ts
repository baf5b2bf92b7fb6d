/** Makes sure that what one request has started or written does not outlive this process. Knows nothing of curl. */

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work`, which hands over how each thing it makes is undone. All that is undone, last things first, when the work ends, and also when
 * the process exits before that, or is ended by SIGINT, SIGTERM or SIGHUP, which then do what they do by default. Nothing helps against SIGKILL.
 */
export async function leavingNothing<T>(work: (later: (undo: () => void) => void) => Promise<T>): Promise<T> {
  const undos: (() => void)[] = [];
  const undoAll = () => {
    for (const undo of undos.splice(0).reverse()) undo();
  };
  const end = (signal: NodeJS.Signals): void => {
    try {
      undoAll();
    } finally {
      process.removeListener(signal, end);
      // Others that listen hear of this signal as well, and decide themselves; without any, it does now what it does by default.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    }
  };
  for (const signal of ENDING) process.prependListener(signal, end);
  process.prependListener('exit', undoAll);
  try {
    return await work((undo) => undos.push(undo));
  } finally {
    for (const signal of ENDING) process.removeListener(signal, end);
    process.removeListener('exit', undoAll);
    undoAll();
  }
}
