/** `lyncauth unblock-pin` without anybody at a terminal: each driver's way, and what a wrong PUK or SO PIN costs. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BlockedCard, createBlockedCard, NEXT, PUK } from '../support/blocked-card.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';

let desk: BlockedCard;

beforeEach(() => {
  desk = createBlockedCard();
});
afterEach(() => desk.remove());

test('by the SO PIN: the old PIN is gone, the new one works, and all its tries are back', async () => {
  const { code, json, stderr } = await desk.unblock({ soPin: desk.token.soPin });
  const [{ token }] = (await desk.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
  expect(json()).toEqual({
    ok: true,
    command: 'unblock-pin',
    result: {
      unblocked: true,
      token: { label: 'Test card', serial: token.serial, model: 'SoftHSM v2', driver: 'softhsm', kind: 'software' },
      pin: { state: 'ok', min: 4, max: 255 },
    },
  });
  expect([code, stderr]).toEqual([0, 'the PIN of card "Test card" is blocked: its SO PIN sets a new one\n']);
  expect(desk.pinCalls()).toEqual(['C_Login 0x0 so', 'C_InitPIN 0x0']);
  expect([tryPin(desk.token, desk.token.pin), tryPin(desk.token, NEXT)]).toEqual([expect.stringContaining('CKR_PIN_INCORRECT'), 'CKR_OK']);
});

test.each([
  ['OpenSC', 'opensc', ['C_SetPIN 0x0']],
  // whose driver tells the state of the PIN as it was until somebody logs in
  ['a YubiKey', 'ykcs11', ['C_SetPIN 0x0 puk:+pin:', 'C_Login 0x0 user']],
  ['a driver that nobody knows', 'generic', ['C_SetPIN 0x0']],
] as const)('by the PUK: %s', async (_what, driver, calls) => {
  desk.pose(driver);
  const run = await desk.unblock({ puk: PUK });
  expect(run.json().result).toMatchObject({ unblocked: true, token: { driver }, pin: { state: 'ok' } });
  expect(run.code).toBe(0);
  expect(desk.pinCalls()).toEqual(calls);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('by the SO PIN: a driver that nobody knows', async () => {
  desk.pose('generic');
  const run = await desk.unblock({ soPin: desk.token.soPin });
  expect([run.code, run.json().result.token.driver, tryPin(desk.token, NEXT)]).toEqual([0, 'generic', 'CKR_OK']);
});

test('a PIN that is not blocked is replaced as well, and that is said', async () => {
  desk.pose('softhsm', [], 0);
  const run = await desk.unblock({ soPin: desk.token.soPin });
  expect([run.code, run.stderr]).toEqual([0, 'the PIN of card "Test card" is not blocked: its SO PIN sets a new one all the same\n']);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('the files may be named in the environment', async () => {
  const env = {
    LYNCAUTH_SO_PIN_FILE: secretFile(desk.dir, 'so', desk.token.soPin),
    LYNCAUTH_NEW_PIN_FILE: secretFile(desk.dir, 'new', NEXT),
    LYNCAUTH_PUK_FILE: secretFile(desk.dir, 'puk', PUK),
  };
  expect((await desk.run(['unblock-pin', '--no-input'], { env })).code).toBe(0);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test.each(['so-pin', 'puk'] as const)('--%s-file wins over a file of the other kind in the environment', async (typed) => {
  desk.pose('generic');
  const secrets = { 'so-pin': desk.token.soPin, puk: PUK };
  const other = { 'so-pin': 'LYNCAUTH_PUK_FILE', puk: 'LYNCAUTH_SO_PIN_FILE' }[typed];
  const files = [`--${typed}-file`, secretFile(desk.dir, typed, secrets[typed]), '--new-pin-file', secretFile(desk.dir, 'new', NEXT)];
  const run = await desk.run(['unblock-pin', '--json', '--no-input', ...files], { env: { [other]: '/nowhere' } });
  expect(run.code, run.stdout).toBe(0);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('--askpass is told what to ask for', async () => {
  const program = join(desk.dir, 'askpass');
  const asked = join(desk.dir, 'asked');
  writeFileSync(program, `#!/bin/sh\necho "$1" >>'${asked}'\ncase "$1" in SO*) echo ${desk.token.soPin};; *) echo ${NEXT};; esac\n`);
  chmodSync(program, 0o700);
  expect((await desk.run(['unblock-pin', '--no-input', '--askpass', program])).code).toBe(0);
  expect(readFileSync(asked, 'utf8').trimEnd().split('\n')).toEqual([
    'SO PIN of card "Test card"',
    'new PIN of card "Test card" (4 to 255 characters)',
    'new PIN again',
  ]);
});

describe('a wrong one', () => {
  test.each([
    ['SO PIN', 'softhsm', { soPin: '00001111' }, 'SO_PIN_INCORRECT', { soPinState: 'low' }, 'few tries are left: be sure of the SO PIN'],
    ['PUK', 'ykcs11', { puk: '00001111' }, 'PUK_INCORRECT', {}, 'this card does not tell how many tries are left: be sure of the PUK'],
  ] as const)(
    '%s ends with 5 after one try, is counted, and after two is tried at a terminal only',
    async (kind, driver, given, code, state, hint) => {
      desk.pose(driver);
      const [first, second, third] = [await desk.unblock(given), await desk.unblock(given), await desk.unblock(given)];
      expect(first.json().error).toEqual({
        code,
        message: `the ${kind} of card "Test card" is wrong`,
        hint,
        details: { ckr: 'CKR_PIN_INCORRECT', ...state },
      });
      expect(first.stderr).not.toContain('warning:');
      expect(second.stderr).toContain(`warning: the last unattended attempt on card "Test card" had a wrong ${kind}`);
      expect(second.json().error).toMatchObject({ code, details: { failures: 2 } });
      expect(third.stderr).toContain(`warning: the last 2 unattended attempts on card "Test card" had a wrong ${kind}`);
      expect(third.json().error).toEqual({
        code: 'PIN_FINAL_TRY',
        message: `after 2 wrong ones in a row no other ${kind} is tried unattended on card "Test card"`,
        hint: 'run the command at a terminal',
        details: { failures: 2 },
      });
      expect([first.code, second.code, third.code]).toEqual([5, 5, 6]);
      expect(desk.pinCalls().filter((line) => line.includes(' 0xa0'))).toHaveLength(2);
      expect(desk.card.readState().badTries).toBe(3);
    },
  );

  test('a PUK that is blocked ends with 6', async () => {
    desk.pose('ykcs11', ['fail C_SetPIN CKR_PIN_LOCKED']);
    const run = await desk.unblock({ puk: PUK });
    expect(run.code).toBe(6);
    expect(run.json().error).toMatchObject({
      code: 'PUK_LOCKED',
      message: 'the PUK of card "Test card" is blocked',
    });
  });
});

test('after a right one the counts of PIN and SO PIN are forgotten', async () => {
  desk.pose('softhsm', [], 0);
  const check = ['change-pin', '--check', '--json', '--no-input', '--pin-file', secretFile(desk.dir, 'wrong', '99999999')];
  await desk.run(check);
  await desk.unblock({ soPin: '00001111' });
  expect((await desk.unblock({ soPin: desk.token.soPin })).code).toBe(0);
  const [pin, soPin] = [await desk.run(check), await desk.unblock({ soPin: '00001111' })];
  expect([pin.code, soPin.code, pin.stderr, soPin.stderr].join(' ')).not.toContain('warning');
});

test.each([
  ['C_InitPIN', 'softhsm'],
  ['C_SetPIN', 'opensc'],
] as const)('an answer to %s that is lost leaves it unknown, and is not asked for again', async (call, driver) => {
  desk.pose(driver, [`fail ${call} CKR_DEVICE_REMOVED before=0`]);
  const run = await desk.unblock(call === 'C_SetPIN' ? { puk: PUK } : { soPin: desk.token.soPin });
  expect(run.json().error).toEqual({
    code: 'PIN_CHANGE_UNKNOWN',
    message: 'it is unknown whether the card changed its PIN (CKR_DEVICE_REMOVED)',
    hint: 'try the new PIN before the old one',
    details: { ckr: 'CKR_DEVICE_REMOVED' },
  });
  expect([run.code, desk.card.calls(call).length, tryPin(desk.token, NEXT)]).toEqual([1, 1, 'CKR_OK']);
});

test('neither PUK nor PINs are told, not even by --trace', async () => {
  desk.pose('ykcs11');
  const logFile = `${desk.dir}/trace`;
  const run = await desk.unblock({ puk: PUK }, ['--trace', '--log-file', logFile]);
  const told = [run.stdout, run.stderr, readFileSync(logFile, 'utf8'), desk.card.log().join('\n')].join('\n');
  for (const secret of [PUK, NEXT]) expect(told).not.toContain(secret);
  expect(run.code).toBe(0);
});
