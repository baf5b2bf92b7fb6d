import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { CKM } from '../../../src/pkcs11/cryptoki.js';
import { signatureInput, supportsKind } from '../../../src/pkcs11/signature-input.js';
import type { SignatureScheme } from '../../../src/signer.js';

const data = Buffer.from('data');
const rsa = { kind: 'RSA', modulusBits: 2048 } as const;
const p256 = { kind: 'EC', curveBytes: 32 } as const;
const pss: SignatureScheme = { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 };
const lists =
  (...mechanisms: number[]) =>
  () =>
    new Set(mechanisms);
const neverAsked = () => {
  throw new Error('the driver was asked');
};

test('RSA PKCS #1 signs a DigestInfo', () => {
  const { mechanism, input } = signatureInput(data, { kind: 'rsa-pkcs1', hash: 'sha256' }, rsa, neverAsked);
  expect(mechanism).toEqual({ mechanism: CKM.RSA_PKCS });
  expect(input.toString('hex')).toBe(`3031300d060960864801650304020105000420${createHash('sha256').update(data).digest('hex')}`);
});

test.each([
  ['sha512', 32, 32],
  ['sha512', 48, 48],
  ['sha256', 48, 32],
  ['sha512', 66, 64],
] as const)('%s for a curve of %d bytes is cut to %d', (hash, curveBytes, length) => {
  expect(signatureInput(data, { kind: 'ecdsa', hash }, { kind: 'EC', curveBytes }, neverAsked).input).toHaveLength(length);
});

test.each([
  [{ kind: 'ecdsa', hash: 'sha256' }, rsa, 'an RSA key cannot make ecdsa signatures'],
  [{ kind: 'rsa-pkcs1', hash: 'sha256' }, p256, 'an EC key cannot make rsa-pkcs1 signatures'],
  [pss, p256, 'an EC key cannot make rsa-pss signatures'],
] as const)('%o is refused for the other kind of key', (scheme, key, message) => {
  expect(() => signatureInput(data, scheme, key, neverAsked)).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED', message }));
});

test('a card that lists PSS does it itself', () => {
  const { mechanism, input } = signatureInput(data, pss, rsa, lists(CKM.RSA_X_509, CKM.RSA_PKCS_PSS));
  expect(mechanism).toEqual({ mechanism: CKM.RSA_PKCS_PSS, parameter: { type: 5, hashAlg: CKM.SHA384, mgf: 3, saltLen: 48 } });
  expect(input).toEqual(createHash('sha384').update(data).digest());
});

test('a card that lists only plain RSA gets the whole encoded message', () => {
  const { mechanism, input } = signatureInput(data, pss, rsa, lists(CKM.RSA_X_509, CKM.RSA_PKCS));
  expect(mechanism).toEqual({ mechanism: CKM.RSA_X_509 });
  expect([input.length, input.at(-1)]).toEqual([256, 0xbc]);
});

test('a card with neither cannot do PSS', () => {
  expect(() => signatureInput(data, pss, rsa, lists(CKM.RSA_PKCS))).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
});

test.each([-1, 1.5, Number.NaN])('a PSS salt of %d bytes is refused', (saltLength) => {
  expect(() => signatureInput(data, { kind: 'rsa-pss', hash: 'sha256', saltLength }, rsa, lists(CKM.RSA_X_509))).toThrowError(
    expect.objectContaining({ code: 'INTERNAL' }),
  );
});

test('an EC key makes ECDSA signatures and no others, whatever the card lists', () => {
  expect((['rsa-pkcs1', 'rsa-pss', 'ecdsa'] as const).map((kind) => supportsKind(kind, p256, neverAsked))).toEqual([false, false, true]);
});

test.each([
  [[CKM.RSA_PKCS, CKM.RSA_PKCS_PSS], true, true],
  [[CKM.RSA_PKCS, CKM.RSA_X_509], true, true],
  [[CKM.RSA_PKCS], true, false],
  [[CKM.RSA_X_509], false, true],
])('an RSA key on a card that lists %o: PKCS #1 %o, PSS %o', (mechanisms, pkcs1, withPss) => {
  const kinds = ['rsa-pkcs1', 'rsa-pss', 'ecdsa'] as const;
  expect(kinds.map((kind) => supportsKind(kind, rsa, lists(...mechanisms)))).toEqual([pkcs1, withPss, false]);
});
