/** Tells on standard error what is going on: a spinner on a terminal, plain lines elsewhere. Everything passes the redactor. */
import type { Progress } from '../context.js';
import { redact } from '../secret.js';
import { withDefaultSignals } from './signals.js';
import { createSpinner, type Spinner } from './spinner.js';
import { clean, type OutputStream, useColor } from './streams.js';

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

/** Shows steps on `stream`: a spinner at a terminal, else a line for each; nothing of them with `quiet`. */
export function createProgress(options: ProgressOptions): ProgressControl {
  const { stream, env, quiet, json } = options;
  // Who wants no colour gets no animation either: a log of such a terminal stays readable.
  const animated = !quiet && !json && useColor(stream, env, { color: options.color });
  const spinner = animated ? createSpinner(stream) : lineSpinner(quiet ? () => {} : (label) => write(label));
  const write = (text: string): void => spinner.hide(() => void stream.write(`${shown(text)}\n`));
  return {
    step: (label, work, { forPerson } = { forPerson: false }) => {
      if (quiet && forPerson) write(label);
      return spinner.run(shown(label), work);
    },
    note: (text, { forPerson } = { forPerson: false }) => {
      if (!quiet || forPerson) write(text);
    },
    warn: (text) => write(`warning: ${text}`),
    blocking: (call, says) => spinner.hide(() => withDefaultSignals(call), says === undefined ? undefined : shown(says)),
    pause: (work) => spinner.hideDuring(work),
  };
}

/** `text` may hold what a server or a card says. */
function shown(text: string): string {
  return clean(redact(text));
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
