import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { CKM } from '../../../src/pkcs11/cryptoki.js';
import { signatureInput } from '../../../src/pkcs11/signature-input.js';

const data = Buffer.from('data');
const none = () => new Set<number>();
const withPss = () => new Set<number>([CKM.RSA_PKCS_PSS]);

test('RSA PKCS #1 signs a DigestInfo', () => {
  const { mechanism, input } = signatureInput(data, { kind: 'rsa-pkcs1', hash: 'sha256' }, 'rsa2048', none);
  expect(mechanism).toEqual({ mechanism: CKM.RSA_PKCS });
  expect(input.toString('hex')).toBe(`3031300d060960864801650304020105000420${createHash('sha256').update(data).digest('hex')}`);
});

test('a hash longer than the curve is cut', () => {
  expect(signatureInput(data, { kind: 'ecdsa', hash: 'sha512' }, 'p256', none).input).toHaveLength(32);
  expect(signatureInput(data, { kind: 'ecdsa', hash: 'sha512' }, 'p384', none).input).toHaveLength(48);
  expect(signatureInput(data, { kind: 'ecdsa', hash: 'sha256' }, 'p384', none).input).toHaveLength(32);
});

test('PSS is used only where the card lists it', () => {
  const scheme = { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 } as const;
  expect(() => signatureInput(data, scheme, 'rsa2048', none)).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
  expect(signatureInput(data, scheme, 'rsa2048', withPss).mechanism.parameter).toEqual({
    type: 5,
    hashAlg: CKM.SHA384,
    mgf: 3,
    saltLen: 48,
  });
});

test.each([-1, 1.5, Number.NaN])('a PSS salt of %d bytes is refused', (saltLength) => {
  expect(() => signatureInput(data, { kind: 'rsa-pss', hash: 'sha256', saltLength }, 'rsa2048', withPss)).toThrowError(
    expect.objectContaining({ code: 'INTERNAL' }),
  );
});
