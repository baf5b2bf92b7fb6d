import { constants, createHash, generateKeyPairSync, type KeyPairKeyObjectResult, privateEncrypt, verify } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emsaPss } from '../../../src/pkcs11/emsa-pss.js';
import type { HashName } from '../../../src/signer.js';

const hashes: HashName[] = ['sha1', 'sha256', 'sha384', 'sha512'];
const digestOf = (hash: HashName, data: Uint8Array) => createHash(hash).update(data).digest();

/** RSASP1 over the encoded message, as a card does it, and OpenSSL's opinion of the result. */
function verifies(keys: KeyPairKeyObjectResult, modulus: number, hash: HashName, salt: number, data: Uint8Array): boolean {
  const encoded = emsaPss(hash, digestOf(hash, data), { salt, modulus });
  const signature = privateEncrypt({ key: keys.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
  return verify(hash, data, { key: keys.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt }, signature);
}

test.each([1152, 1153, 1154, 1159, 2048, 2050])('for a modulus of %d bits OpenSSL verifies every hash, salt and message', (modulus) => {
  const keys = generateKeyPairSync('rsa', { modulusLength: modulus });
  expect(keys.publicKey.asymmetricKeyDetails?.modulusLength).toBe(modulus);
  const salt = fc.oneof(fc.constantFrom(0, 20, 32, 48, 64), fc.nat({ max: 70 }));
  fc.assert(
    fc.property(fc.constantFrom(...hashes), salt, fc.uint8Array({ maxLength: 300 }), (hash, bytes, data) =>
      verifies(keys, modulus, hash, bytes, data),
    ),
    { numRuns: 25 },
  );
});

test('the encoded message has the length of the modulus, and begins with a zero byte where that has one bit more than whole bytes', () => {
  const digest = digestOf('sha256', Buffer.from('data'));
  const encoded = [2048, 2049, 2050, 2055, 2056].map((modulus) => emsaPss('sha256', digest, { salt: 32, modulus }));
  expect(encoded.map(({ length }) => length)).toEqual([256, 257, 257, 257, 257]);
  const masks = [0x7f, 0, 0x01, 0x3f, 0x7f];
  expect(encoded.map(([first = 0], index) => first & ~(masks[index] ?? 0))).toEqual([0, 0, 0, 0, 0]);
});

test('every encoding has a salt of its own', () => {
  const digest = digestOf('sha256', Buffer.from('data'));
  const make = () => emsaPss('sha256', digest, { salt: 32, modulus: 2048 }).toString('hex');
  expect(make()).not.toBe(make());
});

test('the shortest modulus that holds hash and salt is taken, and no shorter one', () => {
  const digest = digestOf('sha512', Buffer.from('data'));
  // emLen = hLen + sLen + 2 bytes, and one bit
  const shortest = 8 * (64 + 64 + 1) + 2;
  expect(emsaPss('sha512', digest, { salt: 64, modulus: shortest })).toHaveLength(Math.ceil(shortest / 8));
  expect(() => emsaPss('sha512', digest, { salt: 64, modulus: shortest - 1 })).toThrowError(
    expect.objectContaining({
      code: 'CARD_UNSUPPORTED',
      message: `an RSA key of ${shortest - 1} bits is too short for RSA-PSS with sha512`,
    }),
  );
});
