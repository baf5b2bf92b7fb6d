/** Tells on standard error what is going on: a spinner on a terminal, plain lines elsewhere. */
import type { Progress } from '../context.js';
import { withDefaultSignals } from './signals.js';
import { createSpinner, type Spinner } from './spinner.js';
import { canAnimate, clean, type OutputStream, useColor } from './streams.js';

export interface ProgressOptions {
  /** process.stderr. */
  stream: OutputStream;
  env: Readonly<Record<string, string | undefined>>;
  /** --quiet: warnings only, and what a person must do. */
  quiet: boolean;
  /** --json: nothing moves. */
  json: boolean;
  /** --no-color is false. */
  color?: boolean | undefined;
}

/** What the prompter needs besides. */
export interface ProgressControl extends Progress {
  /** Takes the spinner off the screen while somebody is asked. */
  pause<T>(work: () => Promise<T>): Promise<T>;
}

export function createProgress(options: ProgressOptions): ProgressControl {
  const { stream, env, quiet, json } = options;
  const color = useColor(stream, env, { color: options.color });
  const animated = !quiet && !json && canAnimate(stream, env);
  const spinner = animated ? createSpinner(stream, color) : lineSpinner(quiet ? () => {} : (label) => write(label));
  const write = (text: string): void => spinner.hide(() => void stream.write(`${clean(text)}\n`));
  return {
    step: (label, work, { forPerson } = { forPerson: false }) => {
      if (quiet && forPerson) write(label);
      return spinner.run(clean(label), work);
    },
    note: (text) => {
      if (!quiet) write(text);
    },
    warn: (text) => write(`warning: ${text}`),
    blocking: (call, says) => spinner.hide(() => withDefaultSignals(call), says === undefined ? undefined : clean(says)),
    pause: (work) => spinner.hideDuring(work),
  };
}

/** Where nothing can move: a step is a line. */
function lineSpinner(tell: (label: string) => void): Spinner {
  return {
    run: (label, work) => {
      tell(label);
      return work();
    },
    hide: (call) => call(),
    hideDuring: (work) => work(),
  };
}
