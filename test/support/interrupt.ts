/** Ends the program from outside, at a moment that a test recognises: as kill -9, or a power cut, does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { program } from './cli.js';
import type { TestLab } from './lab.js';

/** Resolves when `ready` holds. Throws after `timeoutMs`, or when `ended` says that nothing more will come. */
export async function until(
  ready: () => boolean,
  { ended = () => false, timeoutMs = 30_000 }: { ended?: () => boolean; timeoutMs?: number } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!ready()) {
    if (ended()) throw new Error('the program ended before the moment that was waited for');
    if (Date.now() > deadline) throw new Error('the moment that was waited for did not come');
    await delay(5);
  }
}

/**
 * Starts `lyncauth ARGS` in `lab` and ends it, with all that it started, by `signal` as soon as `ready` holds.
 * Throws when the program ends in another way.
 */
export async function killWhen(
  lab: Pick<TestLab, 'env'>,
  args: string[],
  ready: () => boolean,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { env: lab.env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await until(ready, { ended });
    process.kill(-(child.pid as number), signal);
    await closed;
    if (child.signalCode !== signal) throw new Error(`the program ended with ${child.signalCode ?? child.exitCode}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}:\n${stderr}`, { cause: error });
  } finally {
    await closed;
  }
}
