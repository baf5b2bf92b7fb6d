import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cardFileName } from '../../../src/store/card-file-name.js';
import { withLock } from '../../../src/store/locks.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { ownIdentity } from '../../../src/store/process-identity.js';
import { scaled } from '../../support/scale.js';
import { buildScript } from '../../support/script.js';

const SERIAL = '0123456789abcdef';
let holder: string;
let victim: string;
let dir: string;
let paths: StatePaths;

beforeAll(async () => {
  [holder, victim] = await Promise.all([buildScript('store/lock-holder.ts'), buildScript('store/lock-victim.ts')]);
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-locks-'));
  paths = { ...statePaths({}), lockDir: join(dir, 'locks') };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function hold(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, paths.lockDir, SERIAL], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

function plant(content: string): void {
  mkdirSync(paths.lockDir, { mode: 0o700 });
  writeFileSync(join(paths.lockDir, cardFileName(SERIAL, 'lock')), content, { mode: 0o600 });
}

test('hands back what the work returns and leaves nothing behind', async () => {
  expect(await withLock(paths, SERIAL, async () => 42)).toBe(42);
  expect(readdirSync(paths.lockDir)).toEqual([]);
});

test('is given back when the work fails', async () => {
  await expect(withLock(paths, SERIAL, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(paths.lockDir)).toEqual([]);
});

test('another process that holds it is named', async () => {
  const child = await hold();
  const attempt = withLock(paths, SERIAL, async () => 'in', { waitMs: 0 });
  await expect(attempt).rejects.toMatchObject({ code: 'BUSY', exitCode: 10, details: { pid: child.pid } });
  await expect(attempt).rejects.toThrow(`process ${child.pid}`);
  child.stdin?.end();
  await once(child, 'exit');
});

test('waits for a holder that ends in time', async () => {
  const child = await hold();
  const attempt = withLock(paths, SERIAL, async () => 'in', { waitMs: 20_000 });
  child.stdin?.end();
  expect(await attempt).toBe('in');
});

test('two cards do not wait for each other', async () => {
  expect(await withLock(paths, SERIAL, () => withLock(paths, 'other', async () => 'in', { waitMs: 0 }))).toBe('in');
});

test('the file name does not tell the serial', async () => {
  await withLock(paths, SERIAL, async () => expect(readdirSync(paths.lockDir).join()).not.toContain(SERIAL));
});

test('what a killed process left is taken over', async () => {
  const child = await hold();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readdirSync(paths.lockDir)).toHaveLength(1);
  expect(await withLock(paths, SERIAL, async () => 'in', { waitMs: 0 })).toBe('in');
});

test('a process id that is in use again does not keep the lock', async () => {
  plant(JSON.stringify({ pid: process.pid, started: '1', nonce: 'x' }));
  expect(await withLock(paths, SERIAL, async () => 'in', { waitMs: 0 })).toBe('in');
});

test('the same process id and start time do', async () => {
  plant(JSON.stringify({ ...ownIdentity(), nonce: 'x' }));
  await expect(withLock(paths, SERIAL, async () => 'in', { waitMs: 0 })).rejects.toMatchObject({ code: 'BUSY' });
});

test('a lock that a power cut left empty is taken over', async () => {
  plant('');
  expect(await withLock(paths, SERIAL, async () => 'in', { waitMs: 0 })).toBe('in');
});

test('twenty processes that each leave it behind, again and again, are never two at once', { timeout: 300_000 }, async () => {
  const turns = scaled(200, 20);
  const log = join(dir, 'log');
  const command = [victim, paths.lockDir, SERIAL, join(dir, 'inside'), log, String(turns)];
  const children = Array.from({ length: 20 }, () => spawn(process.execPath, command, { stdio: 'inherit' }));
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(ends.map(([, signal]) => signal)).toEqual(children.map(() => 'SIGKILL'));
  const winners = readFileSync(log, 'utf8').trim().split('\n');
  expect(winners).not.toContain('two at once');
  expect(winners).toHaveLength(20 * turns);
});
