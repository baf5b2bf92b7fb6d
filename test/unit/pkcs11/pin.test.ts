import { expect, test } from 'vitest';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { generic } from '../../../src/pkcs11/drivers/generic.js';
import { findDriver } from '../../../src/pkcs11/drivers/registry.js';
import { generateKeyPair, newKeyId } from '../../../src/pkcs11/keys.js';
import { assertPinUsable, changePin, changesLoggedIn, isPublishedDefault, login, logout } from '../../../src/pkcs11/pin.js';
import type { DriverProfile } from '../../../src/pkcs11/types.js';
import { Secret } from '../../../src/secret.js';
import { openCard, openFaultyCard } from '../../support/card.js';

const wrong = new Secret('99999999');

async function faulty(rules: string[], badTries = 0) {
  const card = await openFaultyCard();
  card.fault.state({ badTries });
  card.fault.rules(rules);
  card.fault.clearLog();
  return card;
}

test('the right PIN logs in', () => {
  const { open, pin } = openCard();
  const session = open();
  login(session, pin);
  expect(session.find([{ type: CKA.CLASS, value: CKO.PRIVATE_KEY }])).toEqual([]);
});

test('a wrong PIN is tried once and tells the state after it', async () => {
  const { open, fault } = await faulty([]);
  expect(() => login(open(), wrong)).toThrowError(
    expect.objectContaining({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'low' } }),
  );
  expect(fault.calls('C_Login')).toHaveLength(1);
});

test.each(['', '123', 'x'.repeat(256), '€€€'.slice(0, 1)])('a PIN of the wrong length (%j) never gets to the card', async (text) => {
  const { open, fault } = await faulty(['retries 3']);
  expect(() => login(open(), new Secret(text))).toThrowError(
    expect.objectContaining({ code: 'PIN_POLICY', message: expect.stringContaining('4 to 255') }),
  );
  expect(fault.calls('C_Login')).toEqual([]);
});

test('a PIN counts in bytes: two characters may be enough', async () => {
  const { open, fault } = await faulty([]);
  expect(() => login(open(), new Secret('éé'))).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  expect(fault.calls('C_Login')).toHaveLength(1);
});

test('a blocked PIN is never sent', async () => {
  const { open, pin, fault } = await faulty(['retries 3'], 3);
  const session = open();
  expect(session.tokenInfo().pin.state).toBe('locked');
  expect(() => assertPinUsable(session, { attended: true })).toThrowError(
    expect.objectContaining({ code: 'PIN_LOCKED', details: { pinState: 'locked' } }),
  );
  expect(() => login(session, pin, { allowFinalTry: true })).toThrowError(expect.objectContaining({ code: 'PIN_LOCKED' }));
  expect(() => changePin(open('read-write'), pin, wrong, { allowFinalTry: true })).toThrowError(
    expect.objectContaining({ code: 'PIN_LOCKED' }),
  );
  expect([fault.calls('C_Login'), fault.calls('C_SetPIN')]).toEqual([[], []]);
});

test('the last try is not spent unattended', async () => {
  const { open, pin, fault } = await faulty(['retries 3'], 2);
  const session = open();
  expect(() => assertPinUsable(session, { attended: false })).toThrowError(
    expect.objectContaining({ code: 'PIN_FINAL_TRY', details: { pinState: 'final' } }),
  );
  expect(() => login(session, pin)).toThrowError(expect.objectContaining({ code: 'PIN_FINAL_TRY' }));
  expect(fault.calls('C_Login')).toEqual([]);
});

test('the last try is spent when a person has decided so, and the right PIN resets the counter', async () => {
  const { open, pin } = await faulty(['retries 3'], 2);
  const session = open();
  assertPinUsable(session, { attended: true });
  login(session, pin, { allowFinalTry: true });
  expect(session.tokenInfo().pin.state).toBe('ok');
});

test('a wrong last try is told as blocked', async () => {
  const { open } = await faulty(['retries 3'], 2);
  expect(() => login(open(), wrong, { allowFinalTry: true })).toThrowError(
    expect.objectContaining({ code: 'PIN_LOCKED', details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'locked' } }),
  );
});

test('the try before the last one warns', async () => {
  const { open } = await faulty(['retries 3'], 1);
  expect(() => login(open(), wrong)).toThrowError(
    expect.objectContaining({
      code: 'PIN_INCORRECT',
      details: expect.objectContaining({ pinState: 'final' }),
      hint: expect.stringContaining('one try is left'),
    }),
  );
});

test('a card that blocks without ever setting a flag is believed by its return value', async () => {
  const { open, pin } = await faulty(['fail C_Login CKR_PIN_LOCKED']);
  expect(() => login(open(), pin)).toThrowError(
    expect.objectContaining({ code: 'PIN_LOCKED', details: { ckr: 'CKR_PIN_LOCKED', pinState: 'locked' } }),
  );
});

test('a PIN that must be changed may log in', async () => {
  const { open, pin } = await faulty(['mustchange']);
  const session = open();
  expect(session.tokenInfo().pin.state).toBe('must-change');
  assertPinUsable(session, { attended: false });
  login(session, pin);
});

test('a card without a PIN is not asked for one', async () => {
  const { open, pin, fault } = await faulty(['tokenflags -0x8']);
  expect(() => login(open(), pin)).toThrowError(expect.objectContaining({ code: 'CARD_UNINITIALIZED' }));
  expect(fault.calls('C_Login')).toEqual([]);
});

test('being logged in already proves nothing: a wrong PIN is still wrong', async () => {
  const { open, openLoggedIn, fault } = await faulty([]);
  openLoggedIn();
  fault.clearLog();
  expect(() => login(open(), wrong)).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  expect(
    fault
      .log()
      .filter((line) => /^C_Log/.test(line))
      .map((line) => line.split(' ').slice(0, 2)),
  ).toEqual([
    ['C_Login', '0x100'],
    ['C_Logout', '0x0'],
    ['C_Login', '0xa0'],
  ]);
});

test('a driver that always says logged in is asked twice at most', async () => {
  const { open, pin, fault } = await faulty(['fail C_Login CKR_USER_ALREADY_LOGGED_IN']);
  expect(() => login(open(), pin)).toThrowError(expect.objectContaining({ details: { ckr: 'CKR_USER_ALREADY_LOGGED_IN' } }));
  expect(fault.calls('C_Login')).toHaveLength(2);
});

test('logging out twice is no error', () => {
  const session = openCard().openLoggedIn();
  logout(session);
  logout(session);
});

test('a card pulled at login is reported as removed', async () => {
  const { open, pin, fault } = await faulty([]);
  const session = open();
  fault.rules(['fail C_Login CKR_DEVICE_REMOVED']);
  expect(() => login(session, pin)).toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
});

test('a login that never reached the card is not called a wrong PIN', async () => {
  const { open, pin } = await faulty(['fail C_Login CKR_FUNCTION_CANCELED']);
  expect(() => login(open(), pin)).toThrowError(expect.objectContaining({ code: 'FAILED' }));
});

test('after a change the old PIN fails and the new one works', () => {
  const { open, openLoggedIn, pin } = openCard();
  const next = new Secret('55667788');
  const session = openLoggedIn();
  logout(session);
  changePin(session, pin, next);
  expect(() => login(open(), pin)).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  login(session, next);
});

test('where a driver takes C_SetPIN without a login for unblocking, the change is made by the user who is logged in', async () => {
  const ordered = (unblock: DriverProfile['unblock']) => changesLoggedIn({ unblock });
  expect([ordered('setpin-puk'), ordered('none'), ordered('so-initpin'), ordered('setpin-prefixed')]).toEqual([true, true, false, false]);
  const { openLoggedIn, open, pin } = await openFaultyCard({ rules: ['manufacturer OpenSC Project', 'puk 98765432 13572468'] });
  const next = new Secret('55667788');
  expect(() => changePin(open('read-write'), pin, next)).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  changePin(openLoggedIn(), pin, next);
  login(open(), next);
});

test('a change that cannot succeed costs nothing', async () => {
  const { open, pin, fault } = await faulty(['retries 3']);
  expect(() => changePin(open('read-write'), pin, new Secret(pin.reveal()))).toThrowError(
    expect.objectContaining({ code: 'PIN_UNCHANGED' }),
  );
  expect(() => changePin(open('read-write'), pin, new Secret('123'))).toThrowError(
    expect.objectContaining({ code: 'PIN_POLICY', message: expect.stringContaining('new PIN') }),
  );
  expect(() => changePin(open('read-only'), pin, wrong)).toThrowError(expect.objectContaining({ code: 'INTERNAL' }));
  expect(fault.calls('C_SetPIN')).toEqual([]);
});

test('a change with a wrong current PIN tells the state after it', async () => {
  const { open } = await faulty(['retries 3']);
  expect(() => changePin(open('read-write'), wrong, new Secret('55667788'))).toThrowError(
    expect.objectContaining({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'low' } }),
  );
});

test('a new PIN that the card finds too weak is a matter of policy', async () => {
  const { open, pin } = await faulty(['fail C_SetPIN 0x1b8']);
  expect(() => changePin(open('read-write'), pin, wrong)).toThrowError(
    expect.objectContaining({ code: 'PIN_POLICY', details: { ckr: 'CKR_PIN_TOO_WEAK' } }),
  );
});

test.each(['CKR_DEVICE_REMOVED', 'CKR_GENERAL_ERROR', 'CKR_DEVICE_ERROR'])('%s during a change leaves it unknown', async (ckr) => {
  const { open, pin, fault } = await faulty([`fail C_SetPIN ${ckr} before=0`]);
  expect(() => changePin(open('read-write'), pin, wrong)).toThrowError(
    expect.objectContaining({ code: 'PIN_CHANGE_UNKNOWN', details: { ckr } }),
  );
  fault.rules([]);
  login(open(), wrong);
});

test('a forced change clears the flag', async () => {
  const { open, pin } = await faulty(['mustchange']);
  const session = open('read-write');
  changePin(session, pin, wrong);
  expect(session.tokenInfo().pin.state).toBe('ok');
});

test('until a forced change the card makes no key, and says why', async () => {
  const { openLoggedIn } = await faulty(['mustchange']);
  const key = generateKeyPair(openLoggedIn(), { type: 'p256', id: newKeyId(), label: 'k' });
  await expect(key).rejects.toThrowError(expect.objectContaining({ code: 'PIN_CHANGE_REQUIRED' }));
});

test('published default PINs are known, of the driver and in general', () => {
  const yubikey = findDriver('ykcs11') ?? generic;
  expect(isPublishedDefault(new Secret('12345678'), yubikey)).toBe(true);
  expect(isPublishedDefault(new Secret('123456'), yubikey)).toBe(true);
  expect(isPublishedDefault(new Secret('24680135'), yubikey)).toBe(false);
});

test('no error of a login shows the PIN', async () => {
  const { open } = await faulty([]);
  const show = (call: () => void) => {
    try {
      call();
      return '';
    } catch (error) {
      return `${JSON.stringify(error)} ${String(error)} ${(error as Error).stack} ${JSON.stringify((error as Error).cause)}`;
    }
  };
  expect(show(() => login(open(), wrong))).not.toContain('99999999');
  expect(show(() => login(open(), new Secret('98')))).not.toContain('98');
});
