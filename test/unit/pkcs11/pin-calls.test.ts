/** PINs that come from the reader's own keys: the driver is asked without one, and our module's errors are those of every other login. */
import { expect, test } from 'vitest';
import { CKM, CKU } from '../../../src/pkcs11/cryptoki.js';
import { generateKeyPair, newKeyId } from '../../../src/pkcs11/keys.js';
import type { LoadOptions } from '../../../src/pkcs11/module.js';
import { logout } from '../../../src/pkcs11/pin.js';
import { callInitPin, callLogin, callSetPin, preparePinPad } from '../../../src/pkcs11/pin-calls.js';
import { PIN_PAD } from '../../../src/pkcs11/pin-entry.js';
import { Secret } from '../../../src/secret.js';
import { openFaultyCard } from '../../support/card.js';
import { NEW_PIN, onPinPad, pinCalls } from '../../support/pin-pad.js';
import { tryPin } from '../../support/raw-card.js';

/** A card in a reader with a PIN pad, on which a person knows what to type. */
async function openPadCard(rules: string[] = [], options: LoadOptions = {}) {
  const card = await openFaultyCard(options);
  onPinPad(card, rules);
  const session = card.open('read-write');
  await preparePinPad(session);
  return { ...card, session, pinCalls: () => pinCalls(card) };
}

test('the PIN is typed on the reader, for the same session that everything else uses', async () => {
  const { session, pinCalls } = await openPadCard();
  callLogin(session, CKU.USER, PIN_PAD);
  await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  expect(pinCalls()).toEqual(['C_Login 0x0 user pin-pad']);
});

test('a PIN is changed on the reader: the card has the new one', async () => {
  const { session, token, pinCalls } = await openPadCard();
  callSetPin(session, PIN_PAD, PIN_PAD);
  expect(tryPin(token, NEW_PIN)).toBe('CKR_OK');
  expect(tryPin(token, token.pin)).toContain('CKR_PIN_INCORRECT');
  callLogin(session, CKU.USER, PIN_PAD);
  expect(pinCalls()).toEqual(['C_SetPIN 0x0 pin-pad', 'C_Login 0x0 user pin-pad']);
});

test('the security officer logs in and sets a PIN on the reader', async () => {
  const { session, token, pinCalls } = await openPadCard();
  callLogin(session, CKU.SO, PIN_PAD);
  callInitPin(session, PIN_PAD);
  expect(tryPin(token, NEW_PIN)).toBe('CKR_OK');
  expect(pinCalls()).toEqual(['C_Login 0x0 so pin-pad', 'C_InitPIN 0x0 pin-pad']);
});

test('the PIN for one signature is typed on the reader', async () => {
  const { session, pinCalls } = await openPadCard(['alwaysauth']);
  callLogin(session, CKU.USER, PIN_PAD);
  const { privateHandle } = await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  session.run('test', (lib, handle) => lib.C_SignInit(handle, { mechanism: CKM.ECDSA }, privateHandle as Buffer));
  callLogin(session, CKU.CONTEXT_SPECIFIC, PIN_PAD);
  session.run('test', (lib, handle) => lib.C_Sign(handle, Buffer.alloc(32, 7), Buffer.alloc(64)));
  expect(pinCalls()).toEqual(['C_Login 0x0 user pin-pad', 'C_Login 0x0 context pin-pad']);
});

test('a PIN in hand goes to the card by the same calls', async () => {
  const { open, token, pin } = await openFaultyCard();
  const session = open('read-write');
  await preparePinPad(session);
  const [so, next, last] = [token.soPin, NEW_PIN, '11223344'].map((text) => new Secret(text)) as [Secret, Secret, Secret];
  callLogin(session, CKU.USER, pin);
  logout(session);
  callSetPin(session, pin, next);
  callLogin(session, CKU.SO, so);
  callInitPin(session, last);
  expect(tryPin(token, '11223344')).toBe('CKR_OK');
});

test.each([
  [
    'C_Login',
    'CKR_FUNCTION_CANCELED',
    { code: 'FAILED', exitCode: 1 },
    'login failed: the entry on the reader was cancelled, or took too long',
  ],
  ['C_SetPIN', 'CKR_FUNCTION_CANCELED', { code: 'FAILED' }, 'PIN change failed: the entry on the reader was cancelled, or took too long'],
  [
    'C_SetPIN',
    'CKR_PIN_INVALID',
    { code: 'PIN_POLICY' },
    'PIN change failed: the two entries of the new PIN differ, or the card does not accept it',
  ],
  [
    'C_InitPIN',
    'CKR_PIN_INVALID',
    { code: 'PIN_POLICY' },
    'setting the PIN failed: the two entries of the new PIN differ, or the card does not accept it',
  ],
  ['C_Login', 'CKR_PIN_INCORRECT', { code: 'PIN_INCORRECT' }, 'login failed: the PIN is wrong'],
  ['C_Login', 'CKR_DEVICE_REMOVED', { code: 'CARD_REMOVED' }, 'login failed: the card was removed'],
  ['C_SetPIN', '0x80000123', { code: 'CARD_FAILED' }, 'PIN change failed: the driver refused'],
])('%s on the reader that answers %s ends with %j', async (call, ckr, error, words) => {
  const { session, fault } = await openPadCard([`fail ${call} ${ckr}`]);
  const calls: Record<string, () => void> = {
    C_Login: () => callLogin(session, CKU.USER, PIN_PAD),
    C_SetPIN: () => callSetPin(session, PIN_PAD, PIN_PAD),
    C_InitPIN: () => callInitPin(session, PIN_PAD),
  };
  expect(calls[call]).toThrowError(expect.objectContaining({ ...error, message: `${words} (${ckr})`, details: { ckr } }));
  expect(fault.calls(call)).toHaveLength(1);
});

test('the call is watched as one in which a person is waited for, and hides what other blocking calls hide', async () => {
  const begun: string[] = [];
  const open: string[] = [];
  const blocked: unknown[] = [];
  const watch = (call: string) => {
    begun.push(call);
    open.push(call);
    return () => void open.splice(open.indexOf(call), 1);
  };
  const blocking: LoadOptions['blocking'] = (call, says) => {
    blocked.push(says);
    return call();
  };
  const { session } = await openPadCard(['fail C_SetPIN CKR_DEVICE_ERROR'], { watch, blocking });
  callLogin(session, CKU.USER, PIN_PAD);
  expect(() => callSetPin(session, PIN_PAD, PIN_PAD)).toThrow();
  expect(begun.slice(-2)).toEqual(['C_Login on the PIN pad', 'C_SetPIN on the PIN pad']);
  expect(blocked.slice(-2)).toEqual(['waiting for the PIN on the reader', 'waiting for the PIN on the reader']);
  expect(open).toEqual([]);
});

test('half a change on the reader is a mistake of ours, and nothing is sent', async () => {
  const { session, pin, pinCalls } = await openPadCard();
  const internal = expect.objectContaining({ code: 'INTERNAL' });
  expect(() => callSetPin(session, pin, PIN_PAD)).toThrowError(internal);
  expect(() => callSetPin(session, PIN_PAD, pin)).toThrowError(internal);
  expect(pinCalls()).toEqual([]);
});
