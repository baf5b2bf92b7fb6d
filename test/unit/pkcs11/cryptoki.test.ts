import pkcs11 from 'pkcs11js';
import { expect, test } from 'vitest';
import { CKA, CKF, CKG_MGF1, CKK, CKM, CKO, CKR, CKU } from '../../../src/pkcs11/cryptoki.js';

const native = pkcs11 as unknown as Record<string, number | undefined>;
// what the binding has no name for
const missing = ['CKA_PUBLIC_KEY_INFO', 'CKR_ACTION_PROHIBITED', 'CKR_CURVE_NOT_SUPPORTED'];

test.each([
  ['CKA', CKA],
  ['CKF', CKF],
  ['CKK', CKK],
  ['CKM', CKM],
  ['CKO', CKO],
  ['CKU', CKU],
])('the %s numbers are those of the binding', (prefix, table) => {
  for (const [name, value] of Object.entries(table)) {
    const full = `${prefix}_${name}`;
    if (!missing.includes(full)) expect([full, native[full]]).toEqual([full, value]);
  }
});

test('the return values are those of the binding', () => {
  for (const [name, value] of Object.entries(CKR)) {
    if (!missing.includes(name)) expect([name, native[name]]).toEqual([name, value]);
  }
});

test('the mask generation functions are those of the binding', () => {
  for (const [hash, value] of Object.entries(CKG_MGF1)) expect(native[`CKG_MGF1_${hash.toUpperCase()}`]).toBe(value);
});

test('the binding marks PSS parameters by the number that signature-input.ts uses', () => {
  expect(native.CK_PARAMS_RSA_PSS).toBe(5);
});
