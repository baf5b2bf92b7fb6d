import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { ecdsaSignatureToDer } from '../../../src/pkcs11/ecdsa.js';

test.each(['P-256', 'P-384', 'P-521'])('signatures of %s verify after the conversion', (namedCurve) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const data = Buffer.from('data');
  for (let round = 0; round < 20; round += 1) {
    const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verify('sha256', data, publicKey, ecdsaSignatureToDer(raw))).toBe(true);
  }
});

test('leading zeros go, and a high bit gets one', () => {
  expect(ecdsaSignatureToDer(Buffer.from('0001' + '8002', 'hex')).toString('hex')).toBe('3008' + '020101' + '0203008002');
});

test('zero is one byte', () => {
  expect(ecdsaSignatureToDer(Buffer.from('00000001', 'hex')).toString('hex')).toBe('3006020100020101');
});

test.each([0, 63])('%i bytes are no signature', (length) => {
  expect(() => ecdsaSignatureToDer(Buffer.alloc(length))).toThrowError(expect.objectContaining({ code: 'CARD_FAILED' }));
});
