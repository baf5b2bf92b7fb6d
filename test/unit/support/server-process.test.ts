import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import { startProcess } from '../../support/server-process.js';

/** A server that writes its pid file once it listens. */
const SERVER = `
  const [port, pidFile] = process.argv.slice(1);
  const server = require('node:net').createServer((socket) => socket.end()).listen(Number(port), '127.0.0.1');
  server.on('listening', () => require('node:fs').writeFileSync(pidFile, String(process.pid)));
`;
const command = (port: number) => [process.execPath, '-e', SERVER, String(port), 'pid'];
const program = { name: 'test', ready: 'pid', command };

test('a server that has started accepts connections; stopped, it leaves neither process nor folder', async () => {
  const server = await startProcess(program);
  await once(createConnection(server.port, '127.0.0.1').resume(), 'close');
  await server.stop();
  await expect(once(createConnection(server.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  expect(existsSync(server.dir)).toBe(false);
});

test('a port that somebody else has taken meanwhile is given up for another one', async () => {
  const ports: number[] = [];
  const lateOnce = (port: number) => {
    ports.push(port);
    return ports.length === 1 ? [process.execPath, '-e', 'throw new Error("bind: Address already in use")'] : command(port);
  };
  const server = await startProcess({ ...program, command: lateOnce });
  expect(server.port).toBe(ports[1]);
  await server.stop();
});

test('a server that does not start is an error with what it printed', async () => {
  const broken = () => [process.execPath, '-e', 'console.log("no such option"); process.exit(1)'];
  await expect(startProcess({ ...program, command: broken })).rejects.toThrow('no such option');
});

test('a program that is not installed is an error that names it', async () => {
  await expect(startProcess({ ...program, command: () => ['/no-program'] })).rejects.toThrow('test did not start');
});
