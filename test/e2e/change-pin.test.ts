import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { CTRL_C, converse, openProgram } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';

const NEXT = '60718293';
const LATER = '71829304';
let desk: Desk;

beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk.remove());

function changePin(next: string, options: { current?: string; args?: string[] } = {}): Promise<CliResult> {
  const current = secretFile(desk.dir, 'current-pin', options.current ?? desk.token.pin);
  const files = ['--pin-file', current, '--new-pin-file', secretFile(desk.dir, 'next-pin', next)];
  return desk.run(['change-pin', '--json', '--no-input', ...files, ...(options.args ?? [])]);
}

/** The calls that a PIN is in, and the logout between them. */
function pinCalls(): string[] {
  return desk.card.log().filter((line) => /^C_(Login|Logout|SetPIN)/.test(line));
}

function atTerminal(): Terminal {
  return openProgram(['change-pin'], { env: desk.env });
}

test('unattended, the PIN is changed from file to file: login, logout, change', async () => {
  const { code, json } = await changePin(NEXT);
  const [{ token }] = (await desk.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
  expect(json()).toEqual({
    ok: true,
    command: 'change-pin',
    result: {
      changed: true,
      token: { label: 'Test card', serial: token.serial, model: 'SoftHSM v2', driver: 'softhsm', kind: 'software' },
      pin: { state: 'ok', min: 4, max: 255 },
    },
  });
  expect(code).toBe(0);
  expect(pinCalls()).toEqual(['C_Login 0x0 user', 'C_Logout 0x0', 'C_SetPIN 0x0']);
  expect(tryPin(desk.token, desk.token.pin)).toContain('CKR_PIN_INCORRECT');
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('where a driver would take C_SetPIN without a login for unblocking by PUK, the user stays logged in for it', async () => {
  desk.card.rules(['manufacturer OpenSC Project', `puk 98765432 ${desk.token.soPin} tries=3`]);
  const { code, json } = await changePin(NEXT);
  expect([code, json().result.token.driver]).toEqual([0, 'opensc']);
  expect(pinCalls()).toEqual(['C_Login 0x0 user', 'C_SetPIN 0x0', 'C_Logout 0x0']);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('at a terminal, the PIN is changed by what is typed', async () => {
  const terminal = atTerminal();
  await converse(terminal, [
    { question: 'Current PIN of card "Test card"', answer: desk.token.pin },
    { question: 'New PIN of card "Test card" (4 to 255 characters)', answer: NEXT },
    { question: 'New PIN again', answer: NEXT },
  ]);
  await terminal.waitFor('the PIN of card "Test card" is changed');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(terminal.echo()).toBe(true);
  expect(pinCalls()).toEqual(['C_Login 0x0 user', 'C_Logout 0x0', 'C_SetPIN 0x0']);
  expect(tryPin(desk.token, desk.token.pin)).toContain('CKR_PIN_INCORRECT');
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('at a terminal, a new PIN that was mistyped is asked for again', async () => {
  const terminal = atTerminal();
  await converse(terminal, [
    { question: 'Current PIN', answer: desk.token.pin },
    { question: 'New PIN of card', answer: NEXT },
    { question: 'New PIN again', answer: `${NEXT}1` },
  ]);
  await terminal.waitFor('warning: the two new PINs differ');
  await converse(terminal, [
    { question: 'New PIN of card', answer: NEXT },
    { question: 'New PIN again', answer: NEXT },
  ]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(pinCalls()).toEqual(['C_Login 0x0 user', 'C_Logout 0x0', 'C_SetPIN 0x0']);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('the card is the one that flag, environment and settings name, in this order', async () => {
  for (const label of ['Flag', 'Environment', 'Setting']) desk.token.add({ label });
  await desk.run(['config', 'set', 'card', 'Setting']);
  const chosen = async (args: string[], env: Record<string, string>) => {
    const run = await desk.run(['change-pin', '--json', '--no-input', ...args], { env });
    return run.json().error.message;
  };
  const env = { LYNCAUTH_CARD: 'Environment' };
  const needed = (label: string) => `the current PIN of card "${label}" is needed`;
  expect(await chosen(['--card', 'Flag'], env)).toBe(needed('Flag'));
  expect(await chosen([], env)).toBe(needed('Environment'));
  expect(await chosen([], {})).toBe(needed('Setting'));
});

test('at a terminal, the card that is waited for is asked for with --quiet too', async () => {
  desk.card.rules(['card absent']);
  const terminal = openProgram(['change-pin', '--quiet'], { env: desk.env });
  await terminal.waitFor('insert your smart card');
  desk.card.rules([]);
  await terminal.waitFor('Current PIN of card "Test card"');
  terminal.write(CTRL_C);
  await terminal.exit();
  expect(terminal.screen().match(/insert your smart card/g)).toHaveLength(1);
});

test('unattended, --wait is silent with --quiet', async () => {
  desk.card.rules(['card absent']);
  const run = await desk.run(['change-pin', '--json', '--no-input', '--quiet', '--wait', '0.1']);
  expect([run.json().error.code, run.stderr]).toEqual(['NO_CARD', '']);
});

describe('a new PIN that is refused costs no try', () => {
  afterEach(() => {
    expect(pinCalls()).toEqual([]);
    expect(tryPin(desk.token, desk.token.pin)).toBe('CKR_OK');
  });

  const length = {
    code: 'PIN_POLICY',
    message: 'the new PIN of card "Test card" must have 4 to 255 characters',
    hint: 'nothing was sent to the card: no try was spent',
    details: { pinState: 'ok' },
  };
  const known = {
    code: 'PIN_POLICY',
    message: 'the new PIN is a default that manufacturers publish',
    hint: 'choose a PIN that only you know',
    details: {},
  };
  const old = { code: 'PIN_UNCHANGED', message: 'the new PIN is the old one', hint: 'choose another PIN', details: {} };
  test.each([
    ['the old one', '735194', old],
    ['a published default', '12345678', known],
    ['too short', '571', length],
    ['too long', '5'.repeat(256), length],
  ])('unattended: %s', async (_what, next, error) => {
    const run = await changePin(next);
    expect(run.json()).toEqual({ ok: false, command: 'change-pin', error });
    expect(run.code).toBe(2);
  });

  test.each([
    ['the old one', '735194', 'the new PIN is the old one'],
    ['a published default', '123456', 'the new PIN is a default that manufacturers publish'],
    ['too short', '571', 'the new PIN of card "Test card" must have 4 to 255 characters'],
  ])('at a terminal, where it is asked for three times: %s', async (_what, next, message) => {
    const terminal = atTerminal();
    await converse(terminal, [
      { question: 'Current PIN', answer: desk.token.pin },
      { question: 'New PIN of card', answer: next },
    ]);
    for (let round = 2; round <= 3; round += 1) {
      await terminal.waitFor(`warning: ${message}`);
      await converse(terminal, [{ question: 'New PIN of card', answer: next }]);
    }
    await terminal.waitFor(`lyncauth: error: ${message}`);
    expect(await terminal.exit()).toEqual({ code: 2, signal: null });
  });

  test('without a new PIN, the error names the flag', async () => {
    const run = await desk.run(['change-pin', '--json', '--no-input', '--pin-file', secretFile(desk.dir, 'pin', desk.token.pin)]);
    expect(run.json().error).toEqual({
      code: 'INPUT_REQUIRED',
      message: 'the new PIN of card "Test card" (4 to 255 characters) is needed',
      hint: 'give --new-pin-file FILE',
      details: {},
    });
    expect(run.code).toBe(2);
  });
});

test('a wrong current PIN costs one try, and the new one is not set', async () => {
  const run = await changePin(NEXT, { current: '99999999' });
  expect(run.json()).toMatchObject({
    error: { code: 'PIN_INCORRECT', message: 'the PIN of card "Test card" is wrong', details: { pinState: 'low' } },
  });
  expect(run.code).toBe(5);
  expect(pinCalls()).toEqual(['C_Login 0xa0 user']);
});

test('a card that is gone right after the change does not make it undone', async () => {
  await changePin(NEXT);
  const calls = desk.card.log();
  const looks = calls.slice(0, calls.indexOf('C_SetPIN 0x0')).filter((line) => line.startsWith('C_GetTokenInfo '));
  desk.card.rules([`fail C_GetTokenInfo CKR_DEVICE_REMOVED skip=${looks.length}`]);
  const { code, json } = await changePin(LATER, { current: NEXT });
  expect(json().result).toMatchObject({ changed: true, pin: { state: 'unknown', min: 4, max: 255 } });
  expect([code, tryPin(desk.token, LATER)]).toEqual([0, 'CKR_OK']);
});

test('a card that refuses the new PIN keeps the old one, and that is said', async () => {
  desk.card.rules(['fail C_SetPIN CKR_PIN_INVALID']);
  const run = await changePin(NEXT);
  expect(run.json().error).toMatchObject({ code: 'PIN_POLICY', details: { ckr: 'CKR_PIN_INVALID' } });
  expect(run.code).toBe(2);
  expect(tryPin(desk.token, desk.token.pin)).toBe('CKR_OK');
});

test('a forced change is made by change-pin', async () => {
  desk.card.rules(['mustchange']);
  const run = await changePin(NEXT);
  expect(run.json().result).toMatchObject({ changed: true, pin: { state: 'ok' } });
});
