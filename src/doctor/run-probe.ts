/** Runs a probe in a process of its own, since what it loads may crash, hang, or print what it likes. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Probe, ProbeEnd, Trouble } from './facts.js';
import { asTrouble } from './trouble.js';

/** What is probed where it is no driver. */
export const ADDONS = 'addons';

/** What a probe tells, over a channel of its own: standard output and error belong to the driver. */
export interface ProbeMessage {
  /** What is called now: the last one told is where a crash or a hang was. */
  call?: string;
  facts?: unknown;
  trouble?: Trouble;
}

export interface ProbeOptions {
  /** The program and its arguments. */
  command: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** How long it may take. */
  seconds: number;
}

/** Characters that are kept of what it prints. */
const OUTPUT_KEPT = 2000;
/** How long the last of it is waited for when the process is gone. */
const OUTPUT_MS = 500;

/** Runs it to its end, or kills it by its id after `seconds`. */
export function runProbe<T>({ command, env, seconds }: ProbeOptions): Promise<Probe<T>> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], windowsHide: true });
  const told: ProbeMessage = {};
  const printed = keepOutput(child);
  child.on('message', (message: ProbeMessage) => Object.assign(told, message));
  return new Promise((resolve) => {
    let hung = false;
    const finish = (end: ProbeEnd, trouble: Trouble | undefined): void => {
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      resolve({ facts: told.facts as T | undefined, trouble, end, output: printed() });
    };
    const finishIfGone = (): void => {
      const { exitCode, signalCode } = child;
      if (exitCode === null && signalCode === null) return;
      const end = hung ? { how: 'hung' as const, seconds } : endOf(exitCode, signalCode);
      finish(end.how === 'ended' || told.call === undefined ? end : { ...end, call: told.call }, told.trouble);
    };
    const timer = setTimeout(() => {
      hung = child.exitCode === null && child.signalCode === null;
      child.kill('SIGKILL');
      // Gone long ago, but something that it left behind holds the channel open.
      if (!hung) finishIfGone();
    }, seconds * 1000);
    // Either may come first: what was told last is read by the time of the second.
    let ends = 0;
    const ended = (): void => {
      ends += 1;
      if (ends === 2) setTimeout(finishIfGone, OUTPUT_MS).unref();
    };
    child.once('disconnect', ended);
    child.once('exit', ended);
    // All that was printed is read. It does not come while something that the driver has started holds the streams open.
    child.once('close', finishIfGone);
    child.once('error', (error) => {
      if (child.pid === undefined) finish({ how: 'ended' }, asTrouble(error));
    });
  });
}

function endOf(exitCode: number | null, signal: NodeJS.Signals | null): ProbeEnd {
  if (signal !== null) return { how: 'crashed', signal };
  return exitCode === 0 ? { how: 'ended' } : { how: 'quit', exitCode: exitCode ?? 1 };
}

/** The beginning of both streams, in the order in which it came. */
function keepOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(0, OUTPUT_KEPT);
    });
  }
  return () => text;
}
