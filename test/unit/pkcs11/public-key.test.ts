import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkedPublicKey, ecPublicKey, ecType, rsaPublicKey, rsaType, signingKey } from '../../../src/pkcs11/public-key.js';
import { CURVES } from '../../../src/pkcs11/templates.js';

const P521 = Buffer.from('06052b81040023', 'hex');

function ec(namedCurve: string) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { point, spki: publicKey.export({ type: 'spki', format: 'der' }) };
}

test.each([
  ['P-256', CURVES.p256],
  ['P-384', CURVES.p384],
  ['P-521', P521],
])('a point on %s is read as the OCTET STRING of the standard and bare', (name, params) => {
  const { point, spki } = ec(name);
  const header = point.length < 128 ? [4, point.length] : [4, 0x81, point.length];
  expect(ecPublicKey(params, Buffer.concat([Buffer.from(header), point]))).toEqual(spki);
  expect(ecPublicKey(params, point)).toEqual(spki);
});

test('bytes that are no point give no key', () => {
  const { point } = ec('P-256');
  expect(ecPublicKey(CURVES.p256, point.subarray(1))).toBeUndefined();
  expect(ecPublicKey(CURVES.p256, Buffer.alloc(0))).toBeUndefined();
  expect(ecPublicKey(CURVES.p256, Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]))).toBeUndefined();
  expect(ecPublicKey(CURVES.p384, point)).toBeUndefined();
});

test('an unknown curve is another key', () => {
  const secp256k1 = Buffer.from('06052b8104000a', 'hex');
  expect(ecType(secp256k1)).toBe('other');
  expect(ecPublicKey(secp256k1, Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]))).toBeUndefined();
});

/** CKA_EC_PARAMS of a driver that spells the curve out, and the point of a key. */
function explicit(namedCurve: string): { params: Buffer; point: Buffer } {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // SEQUENCE { SEQUENCE { OID of 9 bytes, parameters }, BIT STRING }, the lengths of both sequences in two bytes
  const end = 8 + spki.readUInt16BE(6);
  const bytes = { 'P-256': 65, 'P-384': 97, 'P-521': 133 }[namedCurve] ?? 0;
  return { params: spki.subarray(17, end), point: spki.subarray(-bytes) };
}

test.each([
  ['P-256', 'p256'],
  ['P-384', 'p384'],
  ['P-521', 'other'],
])('%s is known by its parameters when they are spelled out', (name, type) => {
  const { params, point } = explicit(name);
  expect([params[0], ecType(params)]).toEqual([0x30, type]);
  const bytes = (point.length - 1) / 2;
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)].map((each) => each.toString('base64url')) as [string, string];
  const named = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: name, x, y } }).export({ type: 'spki', format: 'der' });
  expect(ecPublicKey(params, point)).toEqual(named);
});

test('parameters that are those of no curve with a name, but for one bit, are another key', () => {
  const { params, point } = explicit('P-256');
  for (const at of [20, 60, 100, 150, 200, params.length - 5]) {
    const other = Buffer.from(params);
    other[at] = (other[at] ?? 0) ^ 1;
    expect([ecType(other), ecPublicKey(other, point)]).toEqual(['other', undefined]);
  }
  expect(ecType(Buffer.from([0x30]))).toBe('other');
});

test('P-521 is a curve of other keys', () => {
  expect(ecType(P521)).toBe('other');
});

test('an RSA key is read with and without a leading zero', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const modulus = Buffer.from(n, 'base64url');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  expect(rsaPublicKey(modulus, Buffer.from(e, 'base64url'))).toEqual(spki);
  expect(rsaPublicKey(Buffer.concat([Buffer.alloc(1), modulus]), Buffer.from([0, 1, 0, 1]))).toEqual(spki);
});

test('the type of an RSA key counts the bits of the modulus', () => {
  expect(rsaType(Buffer.alloc(256, 0x80))).toBe('rsa2048');
  expect(rsaType(Buffer.concat([Buffer.alloc(1), Buffer.alloc(384, 0xff)]))).toBe('rsa3072');
  expect(rsaType(Buffer.alloc(512, 0xc0))).toBe('rsa4096');
  expect(rsaType(Buffer.alloc(256, 0x7f))).toBe('other');
  expect(rsaType(Buffer.alloc(0))).toBe('other');
});

test('a SubjectPublicKeyInfo is taken only when it can be read', () => {
  const { spki } = ec('P-256');
  expect(checkedPublicKey(spki)).toEqual(spki);
  expect(checkedPublicKey(Buffer.from('3000', 'hex'))).toBeUndefined();
});

test('a public key tells what its private key signs with', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1031 }).publicKey.export({ type: 'spki', format: 'der' });
  expect(signingKey(rsa)).toEqual({ kind: 'RSA', modulusBits: 1031 });
  expect([ec('P-256'), ec('P-384'), ec('P-521')].map(({ spki }) => signingKey(spki))).toEqual(
    [32, 48, 66].map((curveBytes) => ({ kind: 'EC', curveBytes })),
  );
});

test('keys that sign in other ways are not known', () => {
  expect(signingKey(ec('secp256k1').spki)).toBeUndefined();
  expect(signingKey(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }))).toBeUndefined();
});
