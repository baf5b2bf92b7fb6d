/** Each way of unblocking, at cards that are blocked by wrong PINs, and what each call leaves behind. */
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/errors.js';
import { login } from '../../../src/pkcs11/pin.js';
import { PIN_PAD } from '../../../src/pkcs11/pin-entry.js';
import { unblock } from '../../../src/pkcs11/unblock.js';
import { Secret } from '../../../src/secret.js';
import { openFaultyCard, type TestCard } from '../../support/card.js';
import type { Fault } from '../../support/fault-module.js';
import { setUpOpenSc } from '../../support/opensc-conf.js';

const NEXT = new Secret('60718293');
const PUK = new Secret('98765432');
const wrong = new Secret('11223344');
/** The PUK's card is made of one whose security officer has this PIN. */
const SO_PIN = '13572468';
const PUK_RULE = `puk ${PUK.reveal()} ${SO_PIN}`;

const OPENSC = ['manufacturer OpenSC Project', PUK_RULE];
const YKCS11 = ['manufacturer Yubico (www.yubico.com)', `${PUK_RULE} prefixed tries=2`];

/** A card whose PIN is blocked, read by the driver that `rules` pose as. */
async function blockedCard(rules: string[] = []): Promise<TestCard & { fault: Fault; soPin: Secret }> {
  const card = await openFaultyCard({ rules: ['retries 3', ...rules] });
  card.fault.state({ badTries: 3 });
  card.fault.clearLog();
  return { ...card, soPin: new Secret(card.token.soPin) };
}

function pinCalls(fault: Fault): string[] {
  return fault.log().filter((line) => /^C_(Login|Logout|SetPIN|InitPIN)/.test(line));
}

function errorOf(attempt: () => void): { code: ErrorCode; details: object; hint?: string } {
  try {
    attempt();
  } catch (error) {
    return error as never;
  }
  throw new Error('it was not refused');
}

test('the security officer sets the PIN: login, C_InitPIN, logout', async () => {
  const { open, fault, soPin, pin } = await blockedCard();
  const session = open('read-write');
  expect(session.tokenInfo().pin.state).toBe('locked');
  unblock(session, 'so-initpin', soPin, NEXT);
  expect(pinCalls(fault)).toEqual(['C_Login 0x0 so', 'C_InitPIN 0x0', 'C_Logout 0x0']);
  expect(session.tokenInfo().pin.state).toBe('ok');
  expect(() => login(session, pin)).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  login(session, NEXT);
});

test('a session in which the user is logged in can be unblocked all the same', async () => {
  const { openLoggedIn, fault, soPin } = await blockedCard();
  fault.state({});
  const session = openLoggedIn();
  fault.clearLog();
  unblock(session, 'so-initpin', soPin, NEXT);
  expect(pinCalls(fault)).toEqual(['C_Login 0x104 so', 'C_Logout 0x0', 'C_Login 0x0 so', 'C_InitPIN 0x0', 'C_Logout 0x0']);
});

test('a driver that takes the PUK for the old PIN gets it in a session without a login', async () => {
  const { open, openLoggedIn, fault } = await blockedCard(OPENSC);
  fault.state({});
  const session = openLoggedIn();
  fault.state({ badTries: 3 });
  fault.clearLog();
  unblock(session, 'setpin-puk', PUK, NEXT);
  expect(pinCalls(fault)).toEqual(['C_Logout 0x0', 'C_SetPIN 0x0']);
  login(open(), NEXT);
});

test('ykcs11 gets its prefixes, and nothing of them is part of the PIN', async () => {
  const { open, fault } = await blockedCard(YKCS11);
  const session = open('read-write');
  expect(session.driver.id).toBe('ykcs11');
  unblock(session, 'setpin-prefixed', PUK, NEXT);
  // with the new PIN: this driver tells the state of before until a login
  expect(pinCalls(fault)).toEqual(['C_Logout 0x0', 'C_SetPIN 0x0 puk:+pin:', 'C_Login 0x0 user', 'C_Logout 0x0']);
  login(session, NEXT);
});

test.each([
  ['setpin-puk', OPENSC, 'PUK_INCORRECT', {}],
  ['setpin-prefixed', YKCS11, 'PUK_INCORRECT', {}],
  ['so-initpin', [], 'SO_PIN_INCORRECT', { soPinState: 'low' }],
] as const)('%s: a wrong one is tried once', async (style, rules, code, state) => {
  const { open, fault } = await blockedCard([...rules]);
  const error = errorOf(() => unblock(open('read-write'), style, wrong, NEXT));
  expect(error).toMatchObject({ code, details: { ckr: 'CKR_PIN_INCORRECT', ...state } });
  expect(pinCalls(fault).filter((line) => line.includes('0xa0'))).toHaveLength(1);
  expect(fault.calls('C_InitPIN')).toEqual([]);
  expect(open().tokenInfo().pin.state).toBe('locked');
});

test('a PUK that is blocked is told from a PIN that is', async () => {
  const { open } = await blockedCard(YKCS11);
  const attempts = [1, 2, 3].map(() => errorOf(() => unblock(open('read-write'), 'setpin-prefixed', wrong, NEXT)).code);
  expect(attempts).toEqual(['PUK_INCORRECT', 'PUK_INCORRECT', 'PUK_LOCKED']);
});

test.each([
  ['locked', 'tokenflags +0x400000', true, 'SO_PIN_LOCKED'],
  ['final', 'tokenflags +0x200000', false, 'PIN_FINAL_TRY'],
])("the security officer's flags are read first: %s", async (soPinState, rule, allowFinalTry, code) => {
  const { open, fault, soPin } = await blockedCard([rule]);
  const error = errorOf(() => unblock(open('read-write'), 'so-initpin', soPin, NEXT, { allowFinalTry }));
  expect(error).toMatchObject({ code, details: { soPinState } });
  expect(pinCalls(fault)).toEqual([]);
});

test("the security officer's last try is used when a person has decided so", async () => {
  const { open, soPin } = await blockedCard(['tokenflags +0x200000']);
  const session = open('read-write');
  unblock(session, 'so-initpin', soPin, NEXT, { allowFinalTry: true });
  login(session, NEXT);
});

test.each([
  ['so-initpin', '123', NEXT.reveal(), 'the SO PIN of card "Test card" must have 4 to 255 characters'],
  ['setpin-puk', '', NEXT.reveal(), 'the PUK of card "Test card" must have 4 to 255 characters'],
  ['so-initpin', SO_PIN, '123', 'the new PIN of card "Test card" must have 4 to 255 characters'],
] as const)('lengths are checked before the card sees anything: %s %j %j', async (style, by, next, message) => {
  const { open, fault } = await blockedCard();
  const error = errorOf(() => unblock(open('read-write'), style, new Secret(by), new Secret(next)));
  expect(error).toMatchObject({ code: 'PIN_POLICY', message, hint: 'nothing was sent to the card: no try was spent' });
  expect(pinCalls(fault)).toEqual([]);
});

test.each(['CKR_FUNCTION_NOT_SUPPORTED', 'CKR_USER_NOT_LOGGED_IN'])('%s for a PUK is a matter of set-up', async (ckr) => {
  const { open, fault } = await blockedCard([...OPENSC, `fail C_SetPIN ${ckr}`]);
  expect(errorOf(() => unblock(open('read-write'), 'setpin-puk', PUK, NEXT))).toMatchObject({
    code: 'CARD_UNSUPPORTED',
    details: { ckr },
    hint: expect.stringContaining('user_pin_unblock_style = set_pin_in_unlogged_session'),
  });
  expect(fault.calls('C_SetPIN')).toHaveLength(1);
});

test.each([
  ['so-initpin', 'C_InitPIN', []],
  ['setpin-puk', 'C_SetPIN', OPENSC],
  ['setpin-prefixed', 'C_SetPIN', YKCS11],
] as const)('%s: an answer that is lost leaves it unknown, and nothing is repeated', async (style, call, rules) => {
  const { open, fault, soPin } = await blockedCard([...rules, `fail ${call} CKR_DEVICE_REMOVED before=0 times=1`]);
  const by = style === 'so-initpin' ? soPin : PUK;
  expect(errorOf(() => unblock(open('read-write'), style, by, NEXT))).toMatchObject({
    code: 'PIN_CHANGE_UNKNOWN',
    hint: 'try the new PIN before the old one',
    details: { ckr: 'CKR_DEVICE_REMOVED' },
  });
  expect(fault.calls(call)).toHaveLength(1);
  login(open(), NEXT);
});

test('a new PIN that the card refuses is a matter of policy, and nobody stays logged in', async () => {
  const { open, fault, soPin } = await blockedCard(['fail C_InitPIN CKR_PIN_INVALID']);
  expect(errorOf(() => unblock(open('read-write'), 'so-initpin', soPin, NEXT))).toMatchObject({ code: 'PIN_POLICY' });
  expect(pinCalls(fault)).toEqual(['C_Login 0x0 so', 'C_InitPIN 0xa1 injected', 'C_Logout 0x0']);
});

test('a reader cannot be typed a prefix on, and a read-only session sets nothing', async () => {
  const { open, fault, soPin } = await blockedCard();
  expect(errorOf(() => unblock(open('read-write'), 'setpin-prefixed', PIN_PAD, PIN_PAD))).toMatchObject({ code: 'CARD_UNSUPPORTED' });
  expect(errorOf(() => unblock(open(), 'so-initpin', soPin, NEXT))).toMatchObject({ code: 'INTERNAL' });
  expect(pinCalls(fault).filter((line) => !line.startsWith('C_Logout'))).toEqual([]);
});

test.each([
  ['locked', 3, 'CARD_UNSUPPORTED'],
  ['final', 2, 'CARD_UNSUPPORTED'],
  ['low', 1, 'PUK_LOCKED'],
] as const)(
  'CKR_PIN_LOCKED for a PUK of a driver that may take it for the PIN is about the PUK alone where the PIN cannot be blocked: it was %s',
  async (state, badTries, code) => {
    const { open, fault } = await blockedCard([...OPENSC, 'fail C_SetPIN CKR_PIN_LOCKED']);
    fault.state({ badTries });
    const session = open('read-write');
    expect(session.tokenInfo().pin.state).toBe(state);
    const error = errorOf(() => unblock(session, 'setpin-puk', PUK, NEXT));
    expect(error).toMatchObject({ code, details: { ckr: 'CKR_PIN_LOCKED' } });
    expect(fault.calls('C_SetPIN')).toHaveLength(1);
    if (code !== 'CARD_UNSUPPORTED') return;
    expect(error).toMatchObject({
      message: 'either the PUK of card "Test card" is blocked, or the driver OpenSC is not set up to take a PUK (CKR_PIN_LOCKED)',
      hint: expect.stringMatching(/user_pin_unblock_style = set_pin_in_unlogged_session.*OPENSC_CONF/),
    });
  },
);

test('CKR_PIN_LOCKED of an OpenSC that is set up for a PUK is about the PUK alone', async () => {
  setUpOpenSc();
  const { open } = await blockedCard([...OPENSC, 'fail C_SetPIN CKR_PIN_LOCKED']);
  expect(errorOf(() => unblock(open('read-write'), 'setpin-puk', PUK, NEXT))).toMatchObject({ code: 'PUK_LOCKED' });
});
