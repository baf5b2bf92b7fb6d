/** Keeps signals from ending the practice organisation before it has cleaned up: they go to the command it runs. */
import type { ChildProcess } from 'node:child_process';
import { isatty } from 'node:tty';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const INTERRUPT_GRACE_MS = 1000;

export interface SignalRelay {
  /** The first signal that came while there was no command to pass it on to. */
  readonly received: NodeJS.Signals | undefined;
  /** Passes every signal from now on to `child`. */
  passTo(child: ChildProcess): void;
  /** Gives signals their effect back. */
  stop(): void;
}

/** Starts to hold SIGINT, SIGTERM and SIGHUP back from this process. */
export function relaySignals(): SignalRelay {
  let child: ChildProcess | undefined;
  let received: NodeJS.Signals | undefined;
  const timers: NodeJS.Timeout[] = [];
  const listener = (signal: NodeJS.Signals): void => {
    if (child === undefined) received ??= signal;
    // Ctrl-C reaches the command from the terminal itself: only what is still running after that needs to be told by us.
    else if (signal === 'SIGINT' && isatty(0)) timers.push(setTimeout(() => child?.kill(signal), INTERRUPT_GRACE_MS));
    else child.kill(signal);
  };
  for (const signal of ENDING) process.on(signal, listener);
  return {
    get received() {
      return received;
    },
    passTo: (started) => {
      child = started;
      started.once('exit', () => {
        for (const timer of timers) clearTimeout(timer);
      });
    },
    stop: () => {
      for (const signal of ENDING) process.removeListener(signal, listener);
    },
  };
}
