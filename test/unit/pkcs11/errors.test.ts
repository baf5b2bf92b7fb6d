import { expect, test } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import type { CkrName } from '../../../src/pkcs11/cryptoki.js';
import { cardError, ckrName, ckrOf, isCkr } from '../../../src/pkcs11/errors.js';

function pkcs11Error(message: string, code: number): Error {
  return Object.assign(new Error(message), { code, method: 'C_Login' });
}

test('an error with a code becomes a LyncauthError with the name of the return value', () => {
  const error = cardError(pkcs11Error('CKR_PIN_INCORRECT', 160), 'login');
  expect(error).toMatchObject({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT' } });
  expect(error.message).toBe('login failed: the PIN is wrong (CKR_PIN_INCORRECT)');
});

test('a plain error that only has the value in its text is read too', () => {
  expect(cardError(new Error('CKR_DEVICE_REMOVED:50'), 'finding objects')).toMatchObject({
    code: 'CARD_REMOVED',
    details: { ckr: 'CKR_DEVICE_REMOVED' },
  });
});

test('the number decides where text and number differ', () => {
  expect(cardError(pkcs11Error('CKR_VENDOR_DEFINED', 0xa4), 'login').code).toBe('PIN_LOCKED');
});

test('a vendor-defined value keeps its number', () => {
  const error = cardError(pkcs11Error('CKR_VENDOR_DEFINED', 0x80001234), 'login');
  expect(error).toMatchObject({ code: 'CARD_FAILED', details: { ckr: '0x80001234' } });
  expect(ckrOf(new Error('CKR_VENDOR_DEFINED:2147488308'))).toBe(0x80001234);
});

test('a value of a later version of the standard is shown as a number', () => {
  expect(ckrName(0x1ff)).toBe('0x000001ff');
});

test('an argument that the binding refuses is a fault of the program', () => {
  expect(cardError(new TypeError('Argument 0 has wrong type. Should be a Buffer'), 'login').code).toBe('INTERNAL');
});

test('an error without a return value is one of the driver, and keeps only its first line', () => {
  expect(cardError(new Error('PKCS11 module not loaded yet\nat /somewhere'), 'login')).toMatchObject({
    code: 'DRIVER_FAILED',
    message: 'login failed: PKCS11 module not loaded yet',
  });
});

test('something thrown that is no error is survived', () => {
  expect(cardError('boom', 'login')).toMatchObject({ code: 'DRIVER_FAILED', message: 'login failed: boom' });
});

test('a LyncauthError passes unchanged', () => {
  const error = new LyncauthError('USAGE', 'no');
  expect(cardError(error, 'login')).toBe(error);
});

test('the cause is kept and the hint names one action', () => {
  const cause = new Error('CKR_DEVICE_MEMORY:49');
  expect(cardError(cause, 'certificate installation')).toMatchObject({ code: 'CARD_FULL', cause, hint: expect.stringMatching(/./) });
});

test.each([
  ['CKR_GENERAL_ERROR', 0x5],
  ['CKR_FUNCTION_CANCELED', 0x50],
  ['CKR_PIN_LOCKED', 0xa4],
])('%s has a hint', (name, number) => {
  expect(cardError(pkcs11Error(name, number), 'it').hint).toMatch(/./);
});

test.each([
  ['CKR_TOKEN_NOT_PRESENT', 0xe0, 'NO_CARD'],
  ['CKR_SESSION_HANDLE_INVALID', 0xb3, 'CARD_REMOVED'],
  ['CKR_DEVICE_ERROR', 0x30, 'CARD_FAILED'],
  ['CKR_GENERAL_ERROR', 0x5, 'DRIVER_FAILED'],
  ['CKR_PIN_LEN_RANGE', 0xa2, 'PIN_POLICY'],
  ['CKR_PIN_TOO_WEAK', 0x1b8, 'PIN_POLICY'],
  ['CKR_PIN_EXPIRED', 0xa3, 'PIN_CHANGE_REQUIRED'],
  ['CKR_USER_TYPE_INVALID', 0x103, 'NEEDS_SECURITY_OFFICER'],
  ['CKR_SESSION_READ_ONLY', 0xb5, 'CARD_READ_ONLY'],
  ['CKR_MECHANISM_INVALID', 0x70, 'CARD_UNSUPPORTED'],
])('%s (%i) means %s', (name, number, code) => {
  const error = cardError(pkcs11Error(name, number), 'it');
  expect(error.code).toBe(code);
  expect(isCkr(error, name as CkrName)).toBe(true);
});
