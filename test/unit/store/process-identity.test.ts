import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isRunning, ownIdentity } from '../../../src/store/process-identity.js';

test('this process is running', () => {
  expect(isRunning(ownIdentity())).toBe(true);
});

test('another start time is another process', () => {
  expect(isRunning({ pid: process.pid, started: '1' })).toBe(false);
});

test('an id that nobody has is not running', () => {
  expect(isRunning({ pid: 2 ** 30, started: '1' })).toBe(false);
});

test('a process that ended but was not waited for is not running', async () => {
  const parent = spawn('sh', ['-c', 'cat & echo $!; exec sleep 600 <&-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  // In a shell script a background job reads /dev/null: it ends at once, and sleep never asks for its status.
  await expect.poll(() => isRunning({ pid, started: 'unknown' }), { timeout: 10_000 }).toBe(false);
  expect(() => process.kill(pid, 0)).not.toThrow();
  parent.kill();
});
