/** A card driver that hangs is ended by --timeout, and leaves nothing that the next run trips over. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliResult, program, runCommand } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { CTRL_C, converse, openProgram, shellCode, unanswered } from '../support/dialog.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { until } from '../support/interrupt.js';
import { startLab, type TestLab } from '../support/lab.js';
import { copyProgram } from '../support/program-copy.js';
import type { Terminal } from '../support/pty.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';

const HANGS = 60_000;
const HINT = 'take the card out and put it back, or allow more time with --timeout SECONDS';
let started: number;

beforeEach(() => {
  started = performance.now();
});

/** The driver takes a minute for the call. */
const hang = (call: string) => `delay ${call} ${HANGS}`;

function expectTimeout(run: CliResult, command: string, call: string, seconds: number): void {
  expect(performance.now() - started).toBeLessThan(HANGS / 4);
  expect(run.json()).toEqual({
    ok: false,
    command,
    error: {
      code: 'DRIVER_TIMEOUT',
      message: `the driver did not return from ${call} within ${seconds} seconds`,
      hint: HINT,
      details: { call, seconds },
    },
  });
  expect([run.code, run.signal, run.stderr]).toEqual([3, null, '']);
}

/** What a person sees: the error begins a line of its own and the terminal is as before. */
async function expectTimeoutShown(at: Terminal, call: string): Promise<void> {
  await at.waitFor(HINT);
  expect(await at.exit()).toEqual({ code: 3, signal: null });
  expect(at.echo()).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are left out
  const lines = at.raw().replace(/\u001b\[[\d;]*m/g, '');
  expect(lines).toMatch(
    new RegExp(`\r\u001b\\[Klyncauth: error: the driver did not return from ${call} within 2 seconds\r\nlyncauth: hint: [^\r\n]+\r\n$`),
  );
}

describe('cards and change-pin', () => {
  let desk: Desk;
  beforeEach(() => {
    desk = createDesk();
  });
  afterEach(() => desk.remove());

  const cards = (...args: string[]) => desk.run(['cards', '--json', '--card', 'Test card', ...args]);

  function changePin(next: string, ...args: string[]): Promise<CliResult> {
    const files = ['--pin-file', secretFile(desk.dir, 'pin', desk.token.pin), '--new-pin-file', secretFile(desk.dir, 'next', next)];
    return desk.run(['change-pin', '--json', '--no-input', ...files, ...args]);
  }

  async function expectCardReadable(): Promise<void> {
    desk.card.rules([]);
    expect(await cards()).toMatchObject({ code: 0, stderr: '' });
  }

  test.each(['C_Initialize', 'C_GetSlotList', 'C_GetTokenInfo'])(
    'cards ends when %s hangs, and the next run reads the card',
    async (call) => {
      desk.card.rules([hang(call)]);
      expectTimeout(await cards('--timeout', '3'), 'cards', call, 3);
      await expectCardReadable();
    },
  );

  test('a module that hangs while it is loaded is ended as well', async () => {
    const source = join(desk.dir, 'hang.c');
    const library = join(desk.dir, 'hang.so');
    writeFileSync(source, '#include <unistd.h>\n__attribute__((constructor)) static void hang(void) { sleep(60); }\n');
    execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-o', library, source]);
    expectTimeout(await cards('--timeout', '2', '--module', library), 'cards', 'loading the module', 2);
  });

  test('for a person the error is two lines on standard error', async () => {
    desk.card.rules([hang('C_GetTokenInfo')]);
    const run = await desk.run(['cards', '--timeout', '2']);
    expect(run).toMatchObject({
      code: 3,
      stdout: '',
      stderr: `lyncauth: error: the driver did not return from C_GetTokenInfo within 2 seconds\nlyncauth: hint: ${HINT}\n`,
    });
  });

  test('change-pin ends when C_Login hangs; the next run changes the PIN', async () => {
    desk.card.rules([hang('C_Login')]);
    expectTimeout(await changePin('60718293', '--timeout', '2'), 'change-pin', 'C_Login', 2);
    desk.card.rules([]);
    expect(await changePin('60718293')).toMatchObject({ code: 0 });
    expect(tryPin(desk.token, '60718293')).toBe('CKR_OK');
  });

  test('unblock-pin ends when C_InitPIN hangs: nobody knows whether the PIN is set; the next run sets it', async () => {
    const given = { 'so-pin': desk.token.soPin, 'new-pin': '60718293' };
    const files = Object.entries(given).flatMap(([name, text]) => [`--${name}-file`, secretFile(desk.dir, name, text)]);
    const unblock = ['unblock-pin', '--json', '--no-input', ...files];
    desk.card.rules([hang('C_InitPIN')]);
    const run = await desk.run([...unblock, '--timeout', '2']);
    expect(run.json().error).toEqual({
      code: 'DRIVER_TIMEOUT',
      message: 'the driver did not return from C_InitPIN within 2 seconds, and it is unknown whether the card changed its PIN',
      hint: 'take the card out and put it back, and try the new PIN before the old one',
      details: { call: 'C_InitPIN', seconds: 2 },
    });
    expect(run.code).toBe(3);
    desk.card.rules([]);
    expect(await desk.run(unblock)).toMatchObject({ code: 0 });
    expect(tryPin(desk.token, '60718293')).toBe('CKR_OK');
  });

  test('at a terminal that a question has used, the error stands on a line of its own', async () => {
    desk.card.rules([hang('C_Login')]);
    const terminal = openProgram(['change-pin', '--timeout', '2'], { env: desk.env });
    await converse(terminal, [
      { question: 'Current PIN of card "Test card"', answer: desk.token.pin },
      { question: 'New PIN of card "Test card"', answer: '60718293' },
      { question: 'New PIN again', answer: '60718293' },
    ]);
    await expectTimeoutShown(terminal, 'C_Login');
  });

  test('time at a question does not count', async () => {
    const terminal = openProgram(['change-pin', '--timeout', '1'], { env: desk.env });
    await terminal.waitFor('Current PIN of card "Test card"');
    await delay(2000);
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
  });

  test('when C_Finalize hangs after the result, the result and its exit code stand', async () => {
    desk.card.rules([hang('C_Finalize')]);
    const warning = 'warning: the driver did not return from C_Finalize within 2 seconds\n';
    const run = await cards('--timeout', '2');
    expect(run.json()).toMatchObject({ ok: true, command: 'cards' });
    expect([run.code, run.signal, run.stderr]).toEqual([0, null, warning]);
    const failed = await desk.run(['cards', '--json', '--reader', 'none', '--timeout', '2']);
    expect(failed.json()).toMatchObject({ ok: false, error: { code: 'NO_READER' } });
    expect([failed.code, failed.signal, failed.stderr]).toEqual([3, null, warning]);
    await expectCardReadable();
  });

  test('slow calls within the limit are waited for, however long they take together', async () => {
    desk.card.rules(['delay C_GetTokenInfo 900']);
    const run = await cards('--timeout', '2');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(desk.card.calls('C_GetTokenInfo').length * 900).toBeGreaterThan(2000);
  });

  test('the time for which the run was stopped (Ctrl-Z) does not count', async () => {
    desk.card.rules(['delay C_GetTokenInfo 1500 times=1']);
    const child = spawn(process.execPath, [program, 'cards', '--timeout', '2'], { env: desk.env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    // The module counts the call when it begins.
    await until(() => existsSync(join(desk.card.env.FAULT_PKCS11_DIR ?? '', 'counts')), { ended: () => child.exitCode !== null });
    child.kill('SIGSTOP');
    await delay(3000);
    child.kill('SIGCONT');
    expect(await ended).toEqual([0, null]);
  });

  test('-v says what the limit is', async () => {
    const { stderr } = await cards('-v', '--timeout', '7');
    expect(stderr).toContain(`verbose: the card's driver is ${desk.card.modulePath}; its calls may take 7 seconds\n`);
  });

  test('without the addon commands work, and -v says that nobody watches the driver', async () => {
    const copy = [process.execPath, copyProgram('node_modules'), 'cards', '--json', '-v', '--timeout', '1'];
    desk.card.rules(['delay C_GetTokenInfo 1500 times=1']);
    const run = await runCommand(copy, { env: desk.env });
    expect(run.json()).toMatchObject({ ok: true });
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/verbose: the card's driver is \S+; its calls have no time limit: [^\n]+\n/);
  });
});

describe('enroll', () => {
  let lab: TestLab;
  beforeEach(async () => {
    lab = await startLab({ faultModule: true });
  });
  afterEach(() => lab.stop());

  const enroll = (...args: string[]) => lab.enroll(['--quiet', '--key-type', 'p256', ...args]);

  async function expectFinished(): Promise<void> {
    lab.card.rules([]);
    const run = await enroll();
    expect(run.code, run.stderr).toBe(0);
    expectOneEnrollment(lab);
    expect(lab.submissions()).toBe(1);
  }

  test('at a terminal a spinner that turns meanwhile is wiped away', async () => {
    lab.card.rules([hang('C_GenerateKeyPair')]);
    const answers = ['--template', 'SmartcardUser', '--hash', 'sha256', '--name', 'x', '--yes', '--key-type', 'p256'];
    const env = unanswered(lab, ['CA', 'USER', 'UPN', 'CARD', 'PASSWORD_FILE', 'PIN_FILE']);
    const terminal = openProgram(['enroll', ...answers, '--timeout', '2'], { env });
    await terminal.waitFor('the card makes a new key pair');
    await expectTimeoutShown(terminal, 'C_GenerateKeyPair');
    await expectFinished();
  });

  test('when C_Finalize hangs, the card is enrolled and the result says so', async () => {
    lab.card.rules([hang('C_Finalize')]);
    const run = await enroll('--timeout', '2');
    expect(run.json()).toMatchObject({ ok: true, result: { status: 'issued' } });
    expect([run.code, run.stderr]).toEqual([0, 'warning: the driver did not return from C_Finalize within 2 seconds\n']);
    expectOneEnrollment(lab);
  });
});
