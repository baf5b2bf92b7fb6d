/** How the command inside the lab ends is how the lab ends; signals go to it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from '../../../src/lab/child.js';
import { relaySignals, type SignalRelay } from '../../../src/lab/signals.js';

let dir: string;
let signals: SignalRelay;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-child-'));
  signals = relaySignals();
});

afterEach(() => {
  signals.stop();
  rmSync(dir, { recursive: true });
});

describe('runChild', () => {
  it('returns the exit code', async () => {
    expect(await runChild(['sh', '-c', 'exit 46'], process.env, signals)).toBe(46);
  });

  it('returns 128 plus the number of the signal that ended the command', async () => {
    expect(await runChild(['sh', '-c', 'kill -KILL $$'], process.env, signals)).toBe(137);
  });

  it('gives the command the environment and its arguments as they are', async () => {
    const file = join(dir, 'out');
    await runChild(
      ['sh', '-c', 'printf "%s|" "$GREETING" "$@" > "$0"', file, 'a b', '$HOME', ''],
      { ...process.env, GREETING: 'hello' },
      signals,
    );
    expect(readFileSync(file, 'utf8')).toBe('hello|a b|$HOME||');
  });

  it('says what cannot be run', async () => {
    await expect(runChild(['lyncauth-no-such-program'], process.env, signals)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'cannot run lyncauth-no-such-program',
    });
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('passes %s on', async (signal) => {
    const script = `trap 'exit 46' ${signal.slice(3)}; kill -${signal.slice(3)} ${process.pid}; while :; do :; done`;
    expect(await runChild(['bash', '-c', script], process.env, signals)).toBe(46);
  });

  it('runs nothing when a signal came before', async () => {
    process.emit('SIGTERM', 'SIGTERM');
    expect(await runChild(['touch', join(dir, 'ran')], process.env, signals)).toBe(143);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });
});

describe('relaySignals', () => {
  it('takes its listeners away at the end', () => {
    const before = process.listenerCount('SIGTERM');
    const another = relaySignals();
    another.stop();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
