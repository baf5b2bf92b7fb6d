import { expect, test } from 'vitest';
import { generic } from '../../../src/pkcs11/drivers/generic.js';
import { findDriver } from '../../../src/pkcs11/drivers/registry.js';
import { pinState, soPinState, toTokenInfo } from '../../../src/pkcs11/token-info.js';

const SET = 0x40d;
const LOW = 0x10000;
const FINAL = 0x20000;
const LOCKED = 0x40000;
const TO_BE_CHANGED = 0x80000;

test.each([
  ['ok', SET],
  ['low', SET | LOW],
  ['final', SET | FINAL],
  ['locked', SET | LOCKED],
  ['must-change', SET | TO_BE_CHANGED],
  ['unset', 0x405],
])('%s is read from the flags', (state, flags) => {
  expect(pinState(flags, generic)).toBe(state);
});

test('where several flags are set, the gravest counts', () => {
  expect(pinState(SET | LOW | FINAL | LOCKED, generic)).toBe('locked');
  expect(pinState(SET | LOW | FINAL | TO_BE_CHANGED, generic)).toBe('final');
  expect(pinState(SET | LOW | TO_BE_CHANGED, generic)).toBe('must-change');
});

test('a driver that never sets flags leaves the state unknown', () => {
  expect(pinState(SET, { pinFlags: 'none' })).toBe('unknown');
});

test.each([
  ['ok', SET | LOCKED],
  ['low', SET | 0x100000],
  ['final', SET | 0x300000],
  ['locked', SET | 0x700000],
  ['must-change', SET | 0x900000],
])("%s of the security officer's PIN is read from flags of its own", (state, flags) => {
  expect(soPinState(flags, generic)).toBe(state);
  expect(soPinState(SET, { pinFlags: 'none' })).toBe('unknown');
});

const fields = { label: 'A\0junk', serialNumber: '1 ', model: 'M  ', manufacturerID: 'Acme   ', flags: SET, minPinLen: 4, maxPinLen: 8 };

test('padding goes, the driver and its kind come', () => {
  expect(toTokenInfo(fields, generic)).toEqual({
    label: 'A',
    serial: '1',
    model: 'M',
    manufacturer: 'Acme',
    driver: 'generic',
    kind: 'physical',
    pin: { state: 'ok', min: 4, max: 8 },
    pinToBeChanged: false,
    soPin: 'ok',
    initialized: true,
    pinPad: false,
    loginRequired: true,
  });
});

test('SoftHSM is software, a TPM is virtual', () => {
  expect(toTokenInfo({ ...fields, manufacturerID: 'SoftHSM project' }, generic).kind).toBe('software');
  expect(toTokenInfo(fields, findDriver('tpm2-pkcs11') ?? generic)).toMatchObject({ kind: 'virtual', pin: { state: 'unknown' } });
});

test('a PIN pad is seen', () => {
  expect(toTokenInfo({ ...fields, flags: SET | 0x100 }, generic).pinPad).toBe(true);
});

test('memory sizes, which the binding gives as bigint, do not get through', () => {
  const native = { ...fields, totalPublicMemory: 18446744073709551615n };
  expect(() => JSON.stringify(toTokenInfo(native, generic))).not.toThrow();
});
