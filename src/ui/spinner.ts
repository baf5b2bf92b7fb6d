/** A spinner on a terminal, through ora. Only for streams that useColor(). */
import type { Ora } from 'ora';
import type { OutputStream } from './streams.js';
import { loadStyle } from './style.js';

export interface Spinner {
  /** Turns while `work` runs, then leaves a line that says how it ended. */
  run<T>(label: string, work: () => Promise<T>): Promise<T>;
  /** Takes the spinner off the screen during `call`; `instead` stands in its place. */
  hide<T>(call: () => T, instead?: string): T;
  /** The same for asynchronous work. */
  hideDuring<T>(work: () => Promise<T>): Promise<T>;
}

/** To its beginning, then erased (ECMA-48 EL). */
const ERASE_LINE = '\r\u001b[K';

/** @param stream - a terminal */
export function createSpinner(stream: OutputStream): Spinner {
  // Steps may lie within steps; only the innermost turns.
  const open: Ora[] = [];
  let hidden = 0;
  const stop = (): void => {
    hidden += 1;
    open.at(-1)?.stop();
  };
  const resume = (): void => {
    hidden -= 1;
    if (hidden === 0) open.at(-1)?.start();
  };
  return {
    async run(label, work) {
      const { default: ora } = await import('ora');
      const style = await loadStyle(true);
      open.at(-1)?.stop();
      // The cursor stays and stdin is left alone: ora's own ways of restoring them install signal handlers.
      const shown = {
        stream: stream as NodeJS.WritableStream,
        color: 'cyan',
        hideCursor: false,
        discardStdin: false,
      } as const;
      const spinner = ora({ ...shown, text: label, isEnabled: true });
      open.push(spinner);
      if (hidden === 0) spinner.start();
      try {
        const result = await work();
        spinner.stopAndPersist({ symbol: style.success('✔') });
        return result;
      } catch (error) {
        spinner.stopAndPersist({ symbol: style.error('✖') });
        throw error;
      } finally {
        open.splice(open.indexOf(spinner), 1);
        if (hidden === 0) open.at(-1)?.start();
      }
    },
    hide(call, instead) {
      stop();
      // Nothing is drawn while the thread is blocked: the text is on the screen before that.
      const shown = instead !== undefined && hidden === 1;
      if (shown) stream.write(instead.slice(0, (stream.columns ?? 1) - 1));
      try {
        return call();
      } finally {
        if (shown) stream.write(ERASE_LINE);
        resume();
      }
    },
    async hideDuring(work) {
      stop();
      try {
        return await work();
      } finally {
        resume();
      }
    },
  };
}
