import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliOptions, type CliResult, program, runCommand } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { openTerminal } from '../support/pty.js';
import { secretFile } from '../support/secret-files.js';

const PIN = '735194';
const NEXT = '60718293';
const TO_FILE_3 = ['sh', '-c', 'file=$1; shift; exec "$@" 3<"$file"', 'sh'];
const PIPE_TO_3 = ['sh', '-c', 'text=$1; shift; printf "%s\\nmore\\n" "$text" | { exec 3<&0 </dev/null; "$@"; }', 'sh'];
const PIPE_TO_INPUT = ['sh', '-c', 'text=$1; shift; printf "%s\\n" "$text" | "$@"', 'sh'];
let desk: Desk;
let next: string;

beforeEach(() => {
  desk = createDesk();
  next = secretFile(desk.dir, 'next-pin', NEXT);
});
afterEach(() => desk.remove());

function changePin(args: string[], options: CliOptions = {}): Promise<CliResult> {
  return desk.run(['change-pin', '--json', '--no-input', '--new-pin-file', next, ...args], options);
}

/** The same run by a shell that prepares its descriptors. */
function changePinBy(shell: string[], argument: string, args: string[]): Promise<CliResult> {
  const command = [process.execPath, program, 'change-pin', '--json', '--no-input', '--new-pin-file', next, ...args];
  return runCommand([...shell, argument, ...command], { env: desk.env });
}

function expectChanged(run: CliResult): void {
  expect(run.json()).toMatchObject({ ok: true, result: { changed: true } });
  expect(desk.card.calls('C_SetPIN')).toEqual(['C_SetPIN 0x0']);
}

function expectUntouched(): void {
  expect(desk.card.calls('C_Login')).toEqual([]);
}

describe('standard input', () => {
  test('a pipe is not taken for a PIN where nobody can be asked: 2 names --pin-file', async () => {
    const run = await desk.run(['change-pin', '--json'], { input: `${PIN}\n${NEXT}\n${NEXT}\n` });
    expect(run.json()).toEqual({
      ok: false,
      command: 'change-pin',
      error: {
        code: 'INPUT_REQUIRED',
        message: 'the current PIN of card "Test card" is needed',
        hint: 'give --pin-file FILE',
        details: {},
      },
    });
    expect(run.code).toBe(2);
    expectUntouched();
  });

  test('a pipe is not taken for a PIN where a person can be asked', async () => {
    const command = [...PIPE_TO_INPUT, '99999999', process.execPath, program, 'change-pin', '--new-pin-file', next];
    const terminal = openTerminal(command, { env: desk.env });
    await terminal.waitFor('Current PIN of card');
    terminal.write(`${PIN}\r`);
    await terminal.waitFor('is changed');
    expect(await terminal.exit()).toEqual({ code: 0, signal: null });
    expect(desk.card.calls('C_Login')).toEqual(['C_Login 0x0 user']);
  });

  test('--pin-file - takes one line of it', async () => {
    expectChanged(await changePin(['--pin-file', '-'], { input: `${PIN}\nnot this\n` }));
  });

  test('--pin-file - takes a line that ends as on Windows, or not at all', async () => {
    expectChanged(await changePin(['--pin-file', '-'], { input: `${PIN}\r\n` }));
    next = secretFile(desk.dir, 'third-pin', '90817263');
    expect((await changePin(['--pin-file', '-'], { input: NEXT })).code).toBe(0);
  });

  test('it gives one secret only', async () => {
    const run = await changePin(['--pin-file', '-', '--new-pin-file', '-'], { input: `${PIN}\n${NEXT}\n` });
    expect(run.json().error).toMatchObject({
      code: 'INPUT_REQUIRED',
      message: "standard input can't give --new-pin-file as well: it was read already",
    });
    expect(run.code).toBe(2);
    expectUntouched();
  });

  test('it is empty: 2', async () => {
    const run = await changePin(['--pin-file', '-']);
    expect(run.json().error).toMatchObject({ code: 'INPUT_REQUIRED', message: 'standard input (--pin-file) is empty' });
    expect(run.code).toBe(2);
    expectUntouched();
  });
});

describe('/dev/fd/N', () => {
  test('is read from a pipe, one line', async () => {
    expectChanged(await changePinBy(PIPE_TO_3, PIN, ['--pin-file', '/dev/fd/3']));
  });

  test('is read from a file', async () => {
    expectChanged(await changePinBy(TO_FILE_3, secretFile(desk.dir, 'pin', PIN), ['--pin-file', '/dev/fd/3']));
  });

  test('that is not open is an error that names it', async () => {
    const run = await changePin(['--pin-file', '/dev/fd/77']);
    expect(run.json().error).toMatchObject({ code: 'FILE_UNREADABLE', message: 'cannot read /dev/fd/77 (--pin-file): it is not open' });
    expect(run.code).toBe(1);
    expectUntouched();
  });
});

describe('a file', () => {
  test.each(['644', '640', '606', '620'])('of mode %s is refused', async (mode) => {
    const file = secretFile(desk.dir, 'pin', PIN, Number.parseInt(mode, 8));
    const run = await changePin(['--pin-file', file]);
    expect(run.json().error).toEqual({
      code: 'SECRET_FILE_UNSAFE',
      message: `${file} (--pin-file) is open to other users`,
      hint: `chmod 600 '${file}'`,
      details: {},
    });
    expect(run.code).toBe(2);
    expectUntouched();
  });

  test('of mode 400 is read, and so is one that a link leads to', async () => {
    const link = join(desk.dir, 'link');
    symlinkSync(secretFile(desk.dir, 'pin', PIN, 0o400), link);
    expectChanged(await changePin(['--pin-file', link]));
  });

  test('that is a folder, or holds two lines, or is missing, is refused', async () => {
    mkdirSync(join(desk.dir, 'folder'));
    const folder = await changePin(['--pin-file', join(desk.dir, 'folder')]);
    const lines = await changePin(['--pin-file', secretFile(desk.dir, 'pin', `${PIN}\nsecond`)]);
    const missing = await changePin(['--pin-file', join(desk.dir, 'missing')]);
    expect([folder, lines, missing].map((run) => [run.json().error.code, run.code])).toEqual([
      ['SECRET_FILE_UNSAFE', 2],
      ['SECRET_FILE_UNSAFE', 2],
      ['FILE_UNREADABLE', 1],
    ]);
    expectUntouched();
  });
});

describe('--askpass', () => {
  function askpass(script: string): string {
    const file = join(desk.dir, 'ask pass');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o700);
    return `'${file}' --title lyncauth`;
  }

  test('is told on its command line what to ask for, and its first line is the answer', async () => {
    const asked = join(desk.dir, 'asked');
    const command = askpass(
      `printf '%s|' "$@" >>'${asked}'; echo >>'${asked}'; case "$3" in current*) echo ${PIN};; *) echo ${NEXT}; echo more;; esac`,
    );
    const run = await desk.run(['change-pin', '--json', '--no-input', '--askpass', command]);
    expectChanged(run);
    expect(readFileSync(asked, 'utf8').trimEnd().split('\n')).toEqual([
      '--title|lyncauth|current PIN of card "Test card"|',
      '--title|lyncauth|new PIN of card "Test card" (4 to 255 characters)|',
      '--title|lyncauth|new PIN again|',
    ]);
  });

  test('is not asked for what a file gives', async () => {
    const run = await changePin(['--pin-file', secretFile(desk.dir, 'pin', PIN), '--askpass', askpass('exit 1')]);
    expectChanged(run);
  });

  test.each([
    ['that fails', 'exit 3', 'exit code 3'],
    ['that prints nothing', 'exit 0', 'it printed nothing'],
  ])('%s is an error, and nothing else is tried', async (_what, script, why) => {
    const run = await changePin(['--askpass', askpass(script)]);
    expect(run.json().error).toMatchObject({ code: 'INPUT_REQUIRED', message: expect.stringContaining(why) });
    expect(run.code).toBe(2);
    expectUntouched();
  });
});

test('LYNCAUTH_PIN is used with --allow-pin-env only', async () => {
  const without = await changePin([], { env: { LYNCAUTH_PIN: PIN } });
  expect([without.code, without.json().error.hint]).toEqual([2, 'give --pin-file FILE (LYNCAUTH_PIN counts only with --allow-pin-env)']);
  expectUntouched();
  expectChanged(await changePin(['--allow-pin-env'], { env: { LYNCAUTH_PIN: PIN } }));
});
