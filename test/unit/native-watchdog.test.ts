/** native/watchdog.c in processes of its own, since it ends them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const addon = join(import.meta.dirname, '../../native/build/Release/lyncauth.node');

/** What each script begins with; `block(ms)` is a driver that does not return. */
const START = `
const { Worker, isMainThread } = require('node:worker_threads');
const native = require(${JSON.stringify(addon)});
const bytes = (text) => Buffer.from(text);
const begin = (ms, code, name) => native.beginCall(ms, code, bytes('out ' + name + '\\n'), bytes('err ' + name + '\\n'));
const block = (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
`;

function run(script: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', START + script], { encoding: 'utf8', timeout: 25_000 });
  return { status, stdout, stderr };
}

test('a call that is not over in time ends the process with its texts and its code', () => {
  expect(run(`begin(200, 3, 'late'); block(20000)`)).toEqual({ status: 3, stdout: 'out late\n', stderr: 'err late\n' });
});

test('a call that is over in time ends nothing, however long others wait', () => {
  expect(run(`const call = begin(300, 3, 'ended'); native.endCall(call); begin(60000, 4, 'patient'); block(1000)`)).toMatchObject({
    status: 0,
    stdout: '',
  });
});

test('of overlapping calls the one whose time is up first ends the process', () => {
  expect(run(`begin(60000, 3, 'slow'); begin(200, 4, 'quick'); begin(30000, 5, 'later'); block(20000)`)).toMatchObject({
    status: 4,
    stdout: 'out quick\n',
  });
});

test('a call that begins while the thread sleeps is ended in time, and so is the next after a pause', () => {
  const script = `native.endCall(begin(60000, 3, 'first')); block(600); native.endCall(begin(60000, 3, 'second')); begin(100, 4, 'third'); block(20000)`;
  expect(run(script)).toMatchObject({ status: 4, stdout: 'out third\n' });
});

test('numbers of calls that are over or never were end nothing', () => {
  expect(
    run(
      `const call = begin(200, 3, 'open'); for (const no of [0, -1, 0.5, call + 0.5, call + 1, 1e300, NaN, Infinity]) native.endCall(no); block(20000)`,
    ),
  ).toMatchObject({ status: 3 });
});

test('wrong arguments are refused, and nothing is watched', () => {
  const script = `
const text = bytes('x');
const wrong = [[], [100], [100, 3, text], [0, 3, text, text], [-1, 3, text, text], [NaN, 3, text, text], ['100', 3, text, text], [100, -1, text, text],
  [100, 256, text, text], [100, 3, 'x', text], [100, 3, text, null], [100, 3, new Uint16Array(2), text], [100, 3, new ArrayBuffer(2), text],
  [100, 3, text, Buffer.alloc(2 ** 20 + 1)]];
const codes = [];
for (const call of [...wrong.map((list) => () => native.beginCall(...list)), () => native.endCall(), () => native.endCall('1')])
  try { call(); codes.push('accepted'); } catch (error) { codes.push(error.code); }
block(500);
console.log([...new Set(codes)].join());`;
  expect(run(script)).toEqual({ status: 0, stdout: 'ERR_INVALID_ARG_TYPE\n', stderr: '' });
});

test('texts may be empty, limits without end', () => {
  expect(
    run(`native.beginCall(Infinity, 3, bytes(''), bytes('')); native.beginCall(200, 5, new Uint8Array(0), bytes('')); block(20000)`),
  ).toEqual({
    status: 5,
    stdout: '',
    stderr: '',
  });
});

test('texts are those of the moment the call began', () => {
  const script = `const text = bytes('before\\n'); native.beginCall(200, 3, text, bytes('')); text.fill('x'); block(20000)`;
  expect(run(script).stdout).toBe('before\n');
});

test('a worker is watched as well, and the calls of one that is terminated are forgotten', () => {
  const worker = (body: string) => `new Worker(${JSON.stringify(START + body)}, { eval: true })`;
  expect(run(worker(`begin(200, 3, 'worker'); block(20000)`))).toMatchObject({ status: 3, stdout: 'out worker\n' });
  const ended = `
const worker = ${worker(`begin(700, 3, 'worker'); require('node:worker_threads').parentPort.postMessage('begun'); setInterval(() => {}, 1000)`)};
worker.on('message', () => worker.terminate().then(() => { block(1200); console.log('alive'); }));`;
  expect(run(ended)).toMatchObject({ status: 0, stdout: 'alive\n' });
});

test('a reader that does not read cannot hold the process', async () => {
  // More than a pipe holds.
  const script = `${START}native.beginCall(200, 3, Buffer.alloc(2 ** 20, 'x'), bytes('err')); block(20000)`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 25_000);
  expect(await once(child, 'exit')).toEqual([3, null]);
  clearTimeout(timer);
});

test('texts longer than a pipe holds arrive in full', () => {
  const { status, stdout, stderr } = run(`native.beginCall(200, 3, Buffer.alloc(600000, 'x'), Buffer.alloc(300000, 'y')); block(20000)`);
  expect([status, stdout.length, stderr.length]).toEqual([3, 600_000, 300_000]);
});

test('the time for which a process was stopped does not count', async () => {
  // The call takes twice its limit, but the process is stopped for most of that time.
  const script = `${START}
const end = Date.now() + 3000;
begin(1500, 3, 'stopped');
require('node:fs').writeSync(1, 'begun\\n');
block(end - Date.now());
console.log('returned');`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  child.kill('SIGCONT');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stdout).toBe('begun\nreturned\n');
});
