import { expect, test } from 'vitest';
import { runProbe } from '../../../src/doctor/run-probe.js';

const PATIENCE = 60;

/** Runs `script` as a probe. */
const run = (script: string, seconds = PATIENCE) => runProbe({ command: [process.execPath, '-e', script], env: process.env, seconds });

test('what is told over the channel comes back, and what is printed is kept apart', async () => {
  const script = 'process.stdout.write("{\\"facts\\":1}"); process.stderr.write("noise"); process.send({ facts: { seen: true } })';
  const probe = await run(script);
  expect(probe).toMatchObject({ facts: { seen: true }, trouble: undefined, end: { how: 'ended' } });
  expect(probe.output).toContain('noise');
});

test('facts of any size arrive whole', async () => {
  const probe = await run('process.send({ facts: "x".repeat(5_000_000) })');
  expect(probe.facts).toHaveLength(5_000_000);
});

test('a crash is told with its signal and the call in which it was', async () => {
  const script =
    'process.send({ call: "C_Initialize" }); process.send({ call: "C_GetSlotList" }); process.kill(process.pid, "SIGSEGV"); for (;;);';
  expect((await run(script)).end).toEqual({ how: 'crashed', signal: 'SIGSEGV', call: 'C_GetSlotList' });
});

test('a process that is ended by what it loads is told with its exit code', async () => {
  const probe = await run('process.send({ call: "C_Initialize" }); require("node:fs").writeSync(2, "last words"); process.reallyExit(7)');
  expect(probe).toMatchObject({ end: { how: 'quit', exitCode: 7, call: 'C_Initialize' }, output: 'last words' });
});

test('one that hangs is ended, signals that it ignores notwithstanding', async () => {
  const script = 'process.on("SIGTERM", () => {}); process.send({ call: "C_Login" }); for (;;);';
  expect((await run(script, 2)).end).toEqual({ how: 'hung', seconds: 2, call: 'C_Login' });
});

test('what was seen before the end counts, however it ended', async () => {
  const probe = await run('process.send({ facts: 1 }, () => process.kill(process.pid, "SIGKILL"))');
  expect(probe).toMatchObject({ facts: 1, end: { how: 'crashed', signal: 'SIGKILL' } });
});

test('only the beginning of what is printed is kept', async () => {
  expect((await run('process.stdout.write("y".repeat(100_000))')).output.length).toBeLessThanOrEqual(2000);
});

test('a process that leaves another one behind is not waited for after it has ended', async () => {
  const script = `
    const { spawn } = require("node:child_process");
    const left = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600_000)"], { stdio: ["ignore", "inherit", "inherit"], detached: true });
    left.unref();
    process.send({ facts: left.pid });`;
  const probe = await run(script);
  expect(probe).toMatchObject({ facts: expect.any(Number), end: { how: 'ended' } });
  process.kill(probe.facts as number, 'SIGKILL');
});

test('a program that is not there is told', async () => {
  const probe = await runProbe({ command: ['/nonexistent/node'], env: {}, seconds: PATIENCE });
  expect(probe).toMatchObject({ facts: undefined, trouble: { code: 'INTERNAL', message: expect.stringContaining('ENOENT') } });
});
