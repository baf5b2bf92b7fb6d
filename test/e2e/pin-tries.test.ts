import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { CTRL_C, openProgram, shellCode, unanswered } from '../support/dialog.js';
import { startLab, type TestLab } from '../support/lab.js';
import { secretFile } from '../support/secret-files.js';

let lab: TestLab;

beforeAll(async () => {
  lab = await startLab({ faultModule: true });
});
beforeEach(() => {
  lab.card.rules(['retries 3']);
  lab.card.state({});
  lab.card.clearLog();
});
afterEach(() => {
  // None of these runs got as far as the CA's decision, nor did one leave anything to be resumed.
  expect([lab.submissions(), lab.journal()]).toEqual([0, []]);
});
afterAll(() => lab.stop());

/** An enrollment with a PIN file that holds `pin`. */
function enrollWith(pin: string, env: Record<string, string> = {}): Promise<CliResult> {
  return lab.enroll(['--pin-file', secretFile(lab.dir, 'tried-pin', pin)], { env });
}

/** The failure count is kept in HOME: each test that counts has its own. */
function freshHome(name: string): Record<string, string> {
  const home = `${lab.dir}/${name}`;
  return { HOME: home, XDG_STATE_HOME: `${home}/state`, XDG_CONFIG_HOME: `${home}/config` };
}

test('a wrong PIN ends with 5 after exactly one C_Login', async () => {
  const run = await enrollWith('99999999', freshHome('wrong'));
  expect(run.json()).toEqual({
    ok: false,
    command: 'enroll',
    error: {
      code: 'PIN_INCORRECT',
      message: 'the PIN of card "Test card" is wrong',
      hint: 'few tries are left: be sure of the PIN',
      details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'low' },
    },
  });
  expect(run.code).toBe(5);
  expect(lab.card.calls('C_Login')).toEqual(['C_Login 0xa0 user']);
});

test('the wrong PIN that leaves one try says so', async () => {
  lab.card.state({ badTries: 1 });
  const run = await enrollWith('99999999', freshHome('to-final'));
  expect(run.json().error).toMatchObject({
    code: 'PIN_INCORRECT',
    hint: 'one try is left before the card blocks the PIN: be sure of the PIN',
    details: { pinState: 'final' },
  });
  expect([run.code, lab.card.calls('C_Login').length]).toEqual([5, 1]);
});

test('unattended, the last try is not spent: 6 without a C_Login', async () => {
  lab.card.state({ badTries: 2 });
  const run = await enrollWith(lab.token.pin);
  expect(run.json()).toEqual({
    ok: false,
    command: 'enroll',
    error: {
      code: 'PIN_FINAL_TRY',
      message: 'one PIN try is left on card "Test card", and it is not spent unattended',
      hint: 'run the command at a terminal',
      details: { pinState: 'final' },
    },
  });
  expect([run.code, lab.card.calls('C_Login')]).toEqual([6, []]);
});

test('a blocked PIN ends with 6 without a C_Login, unattended and at a terminal, where nothing is asked', async () => {
  lab.card.state({ badTries: 3 });
  const run = await enrollWith(lab.token.pin);
  expect(run.json()).toEqual({
    ok: false,
    command: 'enroll',
    error: {
      code: 'PIN_LOCKED',
      message: 'the PIN of card "Test card" is blocked',
      hint: 'lyncauth unblock-pin (the people who issued the card have its SO PIN)',
      details: { pinState: 'locked' },
    },
  });
  expect(run.code).toBe(6);
  const terminal = openProgram(['change-pin'], { env: unanswered(lab) });
  await terminal.waitFor('lyncauth: error: the PIN of card "Test card" is blocked');
  expect(await terminal.exit()).toEqual({ code: 6, signal: null });
  expect(terminal.screen()).not.toContain('current PIN');
  expect(lab.card.calls('C_Login')).toEqual([]);
});

test('at a terminal, the last try is asked about once, and left alone unless the person says yes', async () => {
  lab.card.state({ badTries: 2 });
  const terminal = openProgram(['change-pin'], { env: unanswered(lab) });
  await terminal.waitFor('One try is left: a wrong PIN now blocks card "Test card". Use it? (y/N)');
  terminal.write('\r');
  await terminal.waitFor('lyncauth: error: the last PIN try of card "Test card" was not used');
  expect(await terminal.exit()).toEqual({ code: 6, signal: null });
  expect(lab.card.calls('C_Login')).toEqual([]);
});

test('at a terminal, the last try is used by a person who says yes, and the right PIN gives all tries back', async () => {
  lab.card.state({ badTries: 2 });
  const env = { ...unanswered(lab), LYNCAUTH_NEW_PIN_FILE: secretFile(lab.dir, 'next-pin', '60718293') };
  const terminal = openProgram(['change-pin', '--json'], { env });
  await terminal.waitFor('Use it?');
  terminal.write('y\r');
  await terminal.waitFor('Current PIN');
  terminal.write(`${lab.token.pin}\r`);
  await terminal.waitFor('"changed":true');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(lab.card.calls('C_Login')).toEqual(['C_Login 0x0 user']);
  const back = ['--pin-file', env.LYNCAUTH_NEW_PIN_FILE, '--new-pin-file', secretFile(lab.dir, 'pin-again', lab.token.pin)];
  expect((await lab.run(['change-pin', '--json', '--no-input', ...back])).json().result.pin.state).toBe('ok');
});

test('at a terminal, the usual PIN of new cards is told, but not once a wrong PIN was tried', async () => {
  for (const [badTries, told] of [
    [0, true],
    [1, false],
    [2, false],
  ] as const) {
    lab.card.state({ badTries });
    const terminal = openProgram(['change-pin'], { env: unanswered(lab) });
    if (badTries === 2) {
      await terminal.waitFor('Use it?');
      terminal.write('y\r');
    }
    await terminal.waitFor('Current PIN');
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
    expect(terminal.raw().includes('the PIN of a new card is 12345678')).toBe(told);
  }
});

test('at a terminal, a PIN that cannot be one is asked for again, and the card does not see it', async () => {
  const terminal = openProgram(['change-pin', '--new-pin-file', secretFile(lab.dir, 'short-new', '60718293')], { env: unanswered(lab) });
  await terminal.waitFor('Current PIN');
  terminal.write('12\r');
  await terminal.waitFor('the PIN has 4 to 255 characters; nothing was sent to the card');
  terminal.write(CTRL_C);
  expect(shellCode(await terminal.exit())).toBe(130);
  expect(lab.card.calls('C_Login')).toEqual([]);
});

test('at a terminal, a wrong PIN on the last try blocks the card, and that is said', async () => {
  lab.card.state({ badTries: 2 });
  const terminal = openProgram(['change-pin', '--new-pin-file', secretFile(lab.dir, 'next-pin', '60718293')], { env: unanswered(lab) });
  await terminal.waitFor('Use it?');
  terminal.write('y\r');
  await terminal.waitFor('Current PIN');
  terminal.write('99999999\r');
  await terminal.waitFor('lyncauth: error: the PIN was wrong, and the card has blocked it now');
  expect(await terminal.exit()).toEqual({ code: 6, signal: null });
  expect(lab.card.calls('C_Login').length).toBe(1);
});

test('the second unattended failure on a card says so, and later runs warn before they try', async () => {
  lab.card.rules([]);
  const home = freshHome('counted');
  await enrollWith('99999999', home);
  const second = await enrollWith('99999999', home);
  expect(second.json().error).toMatchObject({
    code: 'PIN_INCORRECT',
    message: 'the PIN of card "Test card" is wrong (unattended attempt 2 in a row that failed)',
    details: { failures: 2 },
  });
  const third = await enrollWith('999', home);
  expect(third.stderr).toContain('warning: the last 2 unattended attempts on card "Test card" had a wrong PIN');
  expect([second.code, third.code]).toEqual([5, 2]);
});

test.each(['999', '9'.repeat(256)])('a PIN of the wrong length (%#) ends with 2 without a C_Login', async (pin) => {
  const run = await enrollWith(pin);
  expect(run.json()).toEqual({
    ok: false,
    command: 'enroll',
    error: {
      code: 'PIN_POLICY',
      message: 'the PIN of card "Test card" must have 4 to 255 characters',
      hint: 'nothing was sent to the card: no try was spent',
      details: { pinState: 'ok' },
    },
  });
  expect([run.code, lab.card.calls('C_Login')]).toEqual([2, []]);
});

test('a card that wants its PIN changed is not logged in to unattended: 2 names what to add', async () => {
  lab.card.rules(['mustchange']);
  const run = await enrollWith(lab.token.pin);
  expect(run.json().error).toMatchObject({
    code: 'PIN_CHANGE_REQUIRED',
    message: 'card "Test card" wants its PIN changed before it is used',
    hint: 'add --pin-change now --new-pin-file FILE',
  });
  expect([run.code, lab.card.calls('C_Login')]).toEqual([2, []]);
});
