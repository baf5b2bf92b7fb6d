import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lookAtPcsc, stateAfter } from '../../../src/doctor/pcsc.js';
import { tempDir } from '../../support/temp-dir.js';

const stateAt = async (socket: string) => await lookAtPcsc({ PCSCLITE_CSOCK_NAME: socket }, 'linux');

async function serve(): Promise<{ socket: string; close: () => Promise<unknown> }> {
  const socket = join(tempDir('pcsc'), 'pcscd.comm');
  const server = createServer((connection) => connection.end());
  server.listen(socket);
  await once(server, 'listening');
  const close = () => new Promise((resolve) => server.close(resolve));
  onTestFinished(async () => void (await close()));
  return { socket, close };
}

test('a service that takes connections runs', async () => {
  const { socket } = await serve();
  expect(await stateAt(socket)).toEqual({ state: 'running', socket });
});

test('a service that has gone is not running', async () => {
  const { socket, close } = await serve();
  await close();
  expect((await stateAt(socket)).state).toMatch(/^(stopped|missing)$/);
});

test('a socket of which nobody takes connections any more is one of a service that was stopped', async () => {
  const socket = join(tempDir('pcsc'), 'pcscd.comm');
  const script = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  expect(() => execFileSync(process.execPath, ['-e', script, socket])).toThrow();
  expect(await stateAt(socket)).toEqual({ state: 'stopped', socket });
});

test.each([
  ['EACCES', true, 'forbidden'],
  ['EPERM', true, 'forbidden'],
  ['ECONNREFUSED', true, 'stopped'],
  ['ENOENT', true, 'stopped'],
  ['ENOENT', false, 'missing'],
])('a connection that ends with %s, pcscd being here: %s, is one that is %s', (code, installed, state) => {
  expect(stateAfter(code, installed)).toBe(state);
});

test.each(['win32', 'darwin'] as const)('%s has its own', async (platform) => {
  expect(await lookAtPcsc({}, platform)).toEqual({ state: 'system', socket: '' });
});
