/** What a command is given and what it hands back: types only. create-context.ts builds the real one. */

import type { LyncauthError } from './errors.js';
import type { HttpClient } from './http/client.js';
import type { Log } from './log.js';
import type { CardModule } from './pkcs11/module.js';
import type { Secret } from './secret.js';
import type { StatePaths } from './store/paths.js';
import type { Settings } from './store/settings.js';

export interface SecretQuestion {
  /** What is asked for, for the prompt and for --askpass: `PIN of card "Alice"`. */
  message: string;
  /** The flag that gives it without a question, for the error: `--pin-file`. */
  flag: string;
  /** The value of that flag: a file of mode 0600, `-` (one line of stdin) or /dev/fd/N. */
  file?: string | undefined;
  /** An environment variable that may hold it, when --allow-pin-env was given. */
  variable?: string;
  /** A line shown under the question at a terminal. */
  note?: string | undefined;
  /** Why what was typed at the terminal cannot be it, in words; there it is asked for again. */
  validate?: (answer: string) => true | string;
}

/** Asks the person at the controlling terminal. Every method throws INPUT_REQUIRED, naming the flag, where nobody can be asked. */
export interface Prompter {
  /** False with --no-input or without a controlling terminal. */
  readonly interactive: boolean;
  text(question: { message: string; flag: string; default?: string; validate?: (answer: string) => true | string }): Promise<string>;
  confirm(question: { message: string; flag: string; default: boolean }): Promise<boolean>;
  select<T>(question: { message: string; flag: string; choices: { value: T; label: string }[]; default?: T }): Promise<T>;
  /** From the file, else the environment (if allowed), else --askpass, else the terminal. */
  secret(question: SecretQuestion): Promise<Secret>;
}

/** Tells what is going on, on standard error. */
export interface Progress {
  /**
   * Runs `work` under a spinner (a plain line where there is no terminal). Silent with --quiet, unless `work` waits for what `label` asks
   * somebody to do.
   */
  step<T>(label: string, work: () => Promise<T>, options?: { forPerson: boolean }): Promise<T>;
  /** One line of information; silent with --quiet, unless it asks somebody to do something. */
  note(text: string, options?: { forPerson: boolean }): void;
  /** One line beginning with `warning:`; also shown with --quiet. */
  warn(text: string): void;
  /**
   * Runs a call that blocks the thread: the spinner stands still off screen, and signals have their default effect meanwhile.
   * @param says stands in the spinner's place while a terminal shows nothing else
   */
  blocking<T>(call: () => T, says?: string): T;
}

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly prompter: Prompter;
  readonly progress: Progress;
  readonly log: Log;
  readonly paths: StatePaths;
  now(): Date;
  settings(): Promise<Settings>;
  /** Loads the PKCS#11 module that flags, environment, settings or this computer name. One per command; closed by main. */
  card(choice: { module?: string | undefined; driver?: string | undefined }): Promise<CardModule>;
  /** The HTTPS client. One per command; closed by main. */
  http(choice: { caFile?: string | undefined }): Promise<HttpClient>;
}

/** Flags that every command takes. */
export interface GlobalOptions {
  json?: boolean;
  /** False with --no-input. */
  input: boolean;
  quiet?: boolean;
  verbose?: boolean;
  trace?: boolean;
  logFile?: string;
  /** False with --no-color. */
  color: boolean;
  /** Seconds: the longest single call of the card's driver, and HTTP exchange. */
  timeout?: number;
  configDir?: string;
  askpass?: string;
  /** Of the commands that use the card. */
  allowPinEnv?: boolean;
}

/** Columns for a person; each cell is shown as one line. */
export interface Table {
  header: readonly string[];
  rows: readonly (readonly string[])[];
}

/** What a command hands back to main, which renders it. */
export interface Outcome<T = unknown> {
  /** The JSON result. */
  result: T;
  /** 0 unless given; `ok` stays true whatever it is. */
  exitCode?: number | undefined;
  /** What could not be done, when the rest was: shown as an error after the text, and gives the exit code. As JSON it is all, with `result` in its details. */
  failure?: LyncauthError | undefined;
  /** The same result for a person: text, or lines and tables one below the other. Without it nothing is printed. */
  text?: string | readonly (string | Table)[];
}
