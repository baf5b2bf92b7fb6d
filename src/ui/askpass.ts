/** Asks another program for a secret (--askpass). No shell is involved, and no secret is ever on its command line or in its environment. */
import { spawn } from 'node:child_process';
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { firstLine } from './first-line.js';

const SECRET_VARIABLE = /^LYNCAUTH_(\w+_)?(PIN|PUK|PASSWORD)$/;

/**
 * Runs `command` with `message` as its last argument; the first line it prints is the secret.
 *
 * @param command a program and its arguments, separated by spaces; '…' or "…" keeps spaces together
 * @throws LyncauthError INPUT_REQUIRED when it fails or prints nothing, USAGE on a command that can't be split
 */
export async function runAskpass(command: string, message: string, env: Readonly<Record<string, string | undefined>>): Promise<Secret> {
  const [file, ...args] = splitCommand(command);
  if (file === undefined) throw new LyncauthError('USAGE', '--askpass needs a program', { hint: 'give --askpass CMD' });
  const child = spawn(file, [...args, message], { env: withoutSecrets(env), stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  try {
    const [line, code] = await Promise.all([firstLine(child.stdout).finally(() => child.stdout.resume()), ended]);
    if (code !== 0) throw failed(file, code === null ? 'it was stopped by a signal' : `exit code ${code}`);
    if (line.length === 0) throw failed(file, 'it printed nothing');
    return new Secret(line.toString('utf8'));
  } catch (error) {
    child.kill();
    throw error instanceof LyncauthError ? error : failed(file, cannotRun(error), error);
  }
}

/** Splits at spaces; quotes keep them. Nothing else is special, so that backslashes of Windows paths survive. */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of command) {
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && character === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) throw new LyncauthError('USAGE', `--askpass lacks a closing ${quote}`, { hint: 'close the quotes' });
  return word === undefined ? words : [...words, word];
}

function withoutSecrets(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLE.test(name)));
}

function cannotRun(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such program';
  return code === 'EACCES' ? 'it may not be run' : message;
}

function failed(file: string, why: string, cause?: unknown): LyncauthError {
  return new LyncauthError('INPUT_REQUIRED', `the askpass program ${file} gave no answer: ${why}`, {
    hint: `run ${file} by hand to see what is wrong`,
    cause,
  });
}
