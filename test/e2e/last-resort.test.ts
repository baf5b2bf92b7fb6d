import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, program, runCommand } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { openProgram } from '../support/dialog.js';
import { secretFile } from '../support/secret-files.js';
import { tempDir } from '../support/temp-dir.js';

/** Throws inside the program, out of everybody's reach, when the signal comes. */
const THROWING = `--import=data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('out-of-reach'))})`;
let desk: Desk;

beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk.remove());

function runShell(script: string): Promise<CliResult> {
  return runCommand(['bash', '-c', script, 'bash', process.execPath, program], { env: desk.env });
}

test('an error that nobody foresaw is told like any other, without a stack trace', async () => {
  desk.card.rules(['card absent']);
  const terminal = openProgram(['cards', '--wait', '60', '--json'], { env: { ...desk.env, NODE_OPTIONS: THROWING }, columns: 0 });
  await terminal.waitFor('insert your smart card');
  terminal.signal('SIGUSR2');
  expect(await terminal.exit()).toEqual({ code: 1, signal: null });
  const error = {
    code: 'INTERNAL',
    message: 'unexpected error: out-of-reach',
    hint: 'run it again with --trace, and report what it prints',
    details: {},
  };
  expect(terminal.screen()).toBe(`insert your smart card\r\n${JSON.stringify({ ok: false, command: 'cards', error })}\r\n`);
});

test('it leaves the terminal as it was', async () => {
  const terminal = openProgram(['change-pin'], { env: { ...desk.env, NODE_OPTIONS: THROWING } });
  await terminal.waitFor('Current PIN');
  terminal.signal('SIGUSR2');
  await terminal.waitFor('lyncauth: error: unexpected error: out-of-reach');
  expect(await terminal.exit()).toEqual({ code: 1, signal: null });
  expect(terminal.echo()).toBe(true);
});

test('a driver that crashes leaves no core file, which would hold the PIN', async () => {
  desk.card.rules(['crash C_Login']);
  const pin = secretFile(desk.dir, 'pin', desk.token.pin);
  const cwd = tempDir('core');
  const run = await runShell(`cd '${cwd}'; ulimit -c "$(ulimit -H -c)"; "$@" change-pin --check --no-input --pin-file '${pin}'`);
  expect([run.signal, desk.card.log().at(-1)]).toEqual(['SIGSEGV', 'C_Login 0x0 crashed-before']);
  expect(readdirSync(cwd)).toEqual([]);
});

test('a result that cannot be written is a failure', async () => {
  const run = await runShell('"$@" cards --json >/dev/full');
  expect(run).toMatchObject({ code: 1, stderr: 'lyncauth: error: the output cannot be written (ENOSPC)\n' });
});

test('a run whose messages nobody reads any more goes on to its end', async () => {
  const run = await runShell('{ { "$@" cards --trace --json 2>&1 >&3; echo "ended $?" >&3; } | true; } 3>&1');
  expect(run.stdout).toMatch(/^\{"ok":true.*\}\nended 0\n$/);
});
