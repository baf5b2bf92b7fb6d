/** Runs a command with this process's terminal and says how it ended. Knows nothing of the organisation. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { LyncauthError } from '../errors.js';
import type { SignalRelay } from './signals.js';

/**
 * Runs `command` to its end; not at all when a signal has come already.
 *
 * @param signals - what passes signals on to the command.
 * @returns its exit code; 128 plus the signal's number when a signal ended it, as a shell reports it.
 * @throws LyncauthError USAGE when it cannot be started.
 */
export async function runChild(command: readonly string[], env: NodeJS.ProcessEnv, signals: SignalRelay): Promise<number> {
  if (signals.received !== undefined) return codeOf(signals.received);
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: 'inherit' });
  signals.passTo(child);
  return await ended(child, file);
}

function ended(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new LyncauthError('USAGE', `cannot run ${file}`, { hint: 'name a program after --', cause }));
    });
    child.once('exit', (code, signal) => resolve(code ?? codeOf(signal as NodeJS.Signals)));
  });
}

function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
