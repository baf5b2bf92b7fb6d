/** `lyncauth change-pin --check`: whether the PIN is right, by the same rules as every login, and nothing more. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { converse, openProgram } from '../support/dialog.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';

let desk: Desk;

beforeEach(() => {
  desk = createDesk();
  desk.card.rules(['retries 3']);
});
afterEach(() => {
  expect(desk.card.calls('C_SetPIN')).toEqual([]);
  expect(tryPin(desk.token, desk.token.pin)).toBe('CKR_OK');
  desk.remove();
});

function check(pin: string, args: string[] = [], env: Record<string, string> = {}): Promise<CliResult> {
  const file = ['--pin-file', secretFile(desk.dir, 'checked-pin', pin)];
  return desk.run(['change-pin', '--check', '--json', '--no-input', ...file, ...args], { env });
}

test('a right PIN is said to be right', async () => {
  const { code, json, stderr } = await check(desk.token.pin);
  expect(json()).toEqual({
    ok: true,
    command: 'change-pin',
    result: {
      changed: false,
      checked: true,
      token: { label: 'Test card', serial: expect.any(String), model: 'SoftHSM v2', driver: 'softhsm', kind: 'software' },
      pin: { state: 'ok', min: 4, max: 255 },
    },
  });
  expect([code, stderr]).toEqual([0, 'a wrong PIN costs one of the tries of card "Test card"\n']);
  expect(desk.card.calls('C_Login')).toEqual(['C_Login 0x0 user']);
});

test('a wrong PIN costs one try and ends with 5; the second is counted', async () => {
  const first = await check('99999999');
  expect(first.json().error).toMatchObject({ code: 'PIN_INCORRECT', details: { pinState: 'low' } });
  const second = await check('99999999');
  expect(second.json().error).toMatchObject({ code: 'PIN_INCORRECT', details: { pinState: 'final', failures: 2 } });
  expect([first.code, second.code, desk.card.calls('C_Login').length]).toEqual([5, 5, 2]);
});

test.each([
  [2, 'PIN_FINAL_TRY'],
  [3, 'PIN_LOCKED'],
])('after %i wrong PINs nothing is tried: 6', async (badTries, code) => {
  desk.card.state({ badTries });
  const run = await check(desk.token.pin);
  expect([run.code, run.json().error.code, desk.card.calls('C_Login')]).toEqual([6, code, []]);
});

test('a PIN of the wrong length never gets to the card', async () => {
  const run = await check('123');
  expect([run.code, run.json().error.code, desk.card.calls('C_Login')]).toEqual([2, 'PIN_POLICY', []]);
});

test('a PIN that must be changed can be right', async () => {
  desk.card.rules(['mustchange']);
  const run = await check(desk.token.pin);
  expect([run.code, run.json().result.checked, run.json().result.pin.state]).toEqual([0, true, 'must-change']);
});

test('a new PIN contradicts it on the command line; one in the environment is left for another time', async () => {
  const next = secretFile(desk.dir, 'next-pin', '60718293');
  const run = await check(desk.token.pin, ['--new-pin-file', next]);
  expect(run.json().error).toMatchObject({ code: 'USAGE', message: '--check changes nothing, so it takes no --new-pin-file' });
  expect([run.code, desk.card.calls('C_Login')]).toEqual([2, []]);
  expect((await check(desk.token.pin, [], { LYNCAUTH_NEW_PIN_FILE: next })).code).toBe(0);
});

test('at a terminal it says what a wrong PIN costs before it asks', async () => {
  const terminal = openProgram(['change-pin', '--check'], { env: desk.env });
  await terminal.waitFor('a wrong PIN costs one of the tries of card "Test card"');
  await converse(terminal, [{ question: 'PIN of card "Test card"', answer: desk.token.pin }]);
  await terminal.waitFor('the PIN of card "Test card" is right');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
});

test('its help says that a wrong PIN costs a try', async () => {
  expect((await desk.run(['change-pin', '--help'])).stdout.replace(/\s+/g, ' ')).toContain('a wrong one costs a try');
});
