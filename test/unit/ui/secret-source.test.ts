import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../support/cli.js';
import { openTerminal } from '../../support/pty.js';
import { buildScript } from '../../support/script.js';

const PIN = '86420975';
let script: string;
let dir: string;

beforeAll(async () => {
  script = await buildScript('ui/ask.ts');
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-secret-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Run {
  input?: string;
  program?: object;
  env?: Record<string, string>;
}

function pin(file?: string): unknown[] {
  return ['secret', { message: 'PIN of card', flag: '--pin-file', variable: 'LYNCAUTH_PIN', file }];
}

function newPin(file: string): unknown[] {
  return ['secret', { message: 'New PIN', flag: '--new-pin-file', file }];
}

/** Answers, error and output of one run without a terminal. */
async function ask(questions: unknown[], { input, program = {}, env = {} }: Run = {}) {
  const more = { ANSWERS: join(dir, 'answers'), OPTIONS: JSON.stringify(program), ...env };
  const run = await runCommand([process.execPath, script, JSON.stringify(questions)], {
    env: more,
    ...(input === undefined ? {} : { input }),
  });
  const answers = JSON.parse(readFileSync(join(dir, 'answers'), 'utf8')) as unknown[];
  return { answers, code: run.code, error: run.stdout.startsWith('{') ? run.json() : undefined, output: run.stdout + run.stderr };
}

function put(content: string | Buffer, mode = 0o600): string {
  const path = join(dir, 'pin');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

test.each([PIN, `${PIN}\n`, `${PIN}\r\n`])('a file that holds %j gives the PIN', async (content) => {
  expect((await ask([pin(put(content))])).answers).toEqual([PIN]);
});

test('a file of mode 0400 will do, and spaces are part of the secret', async () => {
  expect((await ask([pin(put(' pass word \n', 0o400))])).answers).toEqual([' pass word ']);
});

test('a link to a private file will do', async () => {
  symlinkSync(put(PIN), join(dir, 'link'));
  expect((await ask([pin(join(dir, 'link'))])).answers).toEqual([PIN]);
});

test.each([0o644, 0o640, 0o604, 0o620])('a file of mode %o is refused with the command that mends it', async (mode) => {
  const path = put(PIN, mode);
  const { code, error, output } = await ask([pin(path)]);
  expect([code, error]).toEqual([
    2,
    { code: 'SECRET_FILE_UNSAFE', message: `${path} (--pin-file) is open to other users`, hint: `chmod 600 '${path}'` },
  ]);
  expect(output).not.toContain(PIN);
});

test("another user's file is refused", async () => {
  const own = process.getuid?.() !== 0;
  const path = own ? '/etc/passwd' : put(PIN);
  if (!own) chownSync(path, 4711, 4711);
  expect((await ask([pin(path)])).error).toMatchObject({ code: 'SECRET_FILE_UNSAFE', message: expect.stringContaining('another user') });
});

test.each([
  ['', 'INPUT_REQUIRED', 'is empty'],
  ['\n', 'INPUT_REQUIRED', 'is empty'],
  ['1234\n5678\n', 'SECRET_FILE_UNSAFE', 'more than one line'],
  [Buffer.from([0xff, 0xfe, 0x31]), 'SECRET_FILE_UNSAFE', 'not text in UTF-8'],
  ['1'.repeat(5000), 'SECRET_FILE_UNSAFE', 'longer than 4096 bytes'],
])('a file that holds %j is refused: %s', async (content, code, why) => {
  expect((await ask([pin(put(content))])).error).toMatchObject({ code, message: expect.stringContaining(why) });
});

test('a missing file and a folder are named', async () => {
  expect((await ask([pin(join(dir, 'none'))])).error).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `cannot read ${join(dir, 'none')} (--pin-file): there is no such file`,
  });
  expect((await ask([pin(dir)])).error).toMatchObject({ code: 'SECRET_FILE_UNSAFE', message: `${dir} (--pin-file) is not a regular file` });
});

test('- reads one line of standard input', async () => {
  expect((await ask([pin('-')], { input: `${PIN}\nmore\n` })).answers).toEqual([PIN]);
  expect((await ask([pin('-')], { input: PIN })).answers).toEqual([PIN]);
});

test('- does not wait for the end of standard input, and does not keep the program alive', async () => {
  const env = { ...process.env, ANSWERS: join(dir, 'answers') };
  const child = spawn(process.execPath, [script, JSON.stringify([pin('-')])], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${PIN}\n`);
  expect(await text(child.stdout)).toBe('finished\n');
  expect(JSON.parse(readFileSync(join(dir, 'answers'), 'utf8'))).toEqual([PIN]);
});

test('- gives one secret only', async () => {
  const { answers, error } = await ask([pin('-'), newPin('-')], { input: `${PIN}\n13572468\n` });
  expect(answers).toEqual([PIN]);
  expect(error).toEqual({
    code: 'INPUT_REQUIRED',
    message: "standard input can't give --new-pin-file as well: it was read already",
    hint: 'give --new-pin-file a file, or /dev/fd/N',
  });
});

test('- with empty standard input is an answer that is missing', async () => {
  expect((await ask([pin('-')], { input: '' })).error).toMatchObject({
    code: 'INPUT_REQUIRED',
    message: 'standard input (--pin-file) is empty',
  });
});

test('- at a terminal is refused: what is typed there would be seen', async () => {
  const terminal = openTerminal([process.execPath, script, JSON.stringify([pin('-')])]);
  expect(await terminal.exit()).toEqual({ code: 2, signal: null });
  expect(terminal.screen()).toContain('leave out --pin-file to be asked');
});

test('/dev/fd/N reads a file that the caller opened, or one line of a pipe that stays open', async () => {
  const open = 'exec 3< "$PIN"; mkfifo "$FIFO"; exec 4<> "$FIFO"; printf "second\\nmore\\n" >&4; exec "$@"';
  const questions = JSON.stringify([pin('/dev/fd/3'), newPin('/dev/fd/4')]);
  const env = { PIN: put(`${PIN}\n`), FIFO: join(dir, 'fifo'), ANSWERS: join(dir, 'answers') };
  const run = await runCommand(['bash', '-c', open, 'bash', process.execPath, script, questions], { env });
  expect([run.stdout, run.stderr]).toEqual(['finished\n', '']);
  expect(JSON.parse(readFileSync(join(dir, 'answers'), 'utf8'))).toEqual([PIN, 'second']);
});

test.each(['/dev/fd/99', '/dev/fd/1'])('%s, which can not be read, is named', async (path) => {
  expect((await ask([pin(path)])).error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(path) });
});

test('the environment is looked at only when that was allowed', async () => {
  const env = { LYNCAUTH_PIN: PIN };
  expect((await ask([pin()], { env })).error).toMatchObject({
    code: 'INPUT_REQUIRED',
    hint: 'give --pin-file FILE (LYNCAUTH_PIN counts only with --allow-pin-env)',
  });
  expect((await ask([pin()], { env, program: { allowPinEnv: true } })).answers).toEqual([PIN]);
});

test('a file goes before the environment, and the environment before --askpass', async () => {
  const program = { allowPinEnv: true, askpass: 'echo from-askpass' };
  const env = { LYNCAUTH_PIN: 'from-environment' };
  expect((await ask([pin(put(PIN))], { env, program })).answers).toEqual([PIN]);
  expect((await ask([pin()], { env, program })).answers).toEqual(['from-environment']);
  expect((await ask([pin()], { program })).answers).toEqual(['from-askpass PIN of card']);
});

test('askpass is told what to ask for as one argument, and no shell looks at it', async () => {
  const path = join(dir, 'ask pass');
  writeFileSync(path, '#!/bin/sh\nprintf "%s|" "$#" "$@"\n', { mode: 0o700 });
  const question = ['secret', { message: 'PIN of $(id) "A"', flag: '--pin-file' }];
  expect((await ask([question], { program: { askpass: `'${path}'  -t "two words" ''` } })).answers).toEqual([
    '4|-t|two words||PIN of $(id) "A"|',
  ]);
});

test('askpass gives its first line; secrets in the environment are not passed on to it', async () => {
  const path = join(dir, 'askpass');
  writeFileSync(path, '#!/bin/sh\nenv | grep -c LYNCAUTH_PIN\necho more\n', { mode: 0o700 });
  expect((await ask([pin()], { program: { askpass: path }, env: { LYNCAUTH_PIN: PIN } })).answers).toEqual(['0']);
});

test.each([
  ['false', 'exit code 1'],
  ['true', 'it printed nothing'],
  ['/nowhere/askpass', 'there is no such program'],
])('--askpass %s is an answer that is missing', async (askpass, why) => {
  const { code, error } = await ask([pin()], { program: { askpass } });
  expect([code, error]).toMatchObject([2, { code: 'INPUT_REQUIRED', message: `the askpass program ${askpass} gave no answer: ${why}` }]);
});

test('an --askpass with an open quote is a mistake of use', async () => {
  expect((await ask([pin()], { program: { askpass: "echo 'x" } })).error).toMatchObject({ code: 'USAGE' });
});
