import { spawn } from 'node:child_process';
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
  // The shell becomes another program, which never asks what became of the one that the shell started.
  const script = 'sleep 600 & echo $!; exec sh -c "echo ready; exec sleep 600"';
  const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let said = '';
    for await (const chunk of parent.stdout) {
      said += String(chunk);
      if (said.includes('ready')) break;
    }
    const pid = Number.parseInt(said, 10);
    process.kill(pid);
    await expect.poll(() => isRunning({ pid, started: 'unknown' }), { timeout: 10_000 }).toBe(false);
    expect(() => process.kill(pid, 0)).not.toThrow();
  } finally {
    parent.kill();
  }
});
