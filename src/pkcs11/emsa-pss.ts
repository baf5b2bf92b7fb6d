/** RSA-PSS for cards that only know plain RSA: the encoding is done here, the card does the modular exponentiation. Must not import native code. */
import { createHash, randomBytes } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import type { HashName } from '../signer.js';

/**
 * EMSA-PSS-ENCODE (RFC 8017 section 9.1.1) with MGF1 over the same hash and a fresh random salt.
 * @param digest the hash of what is signed
 * @param lengths `salt` in bytes, `modulus` in bits
 * @returns as many bytes as the modulus has, which is what CKM_RSA_X_509 takes; as a number always less than the modulus
 * @throws CARD_UNSUPPORTED when the modulus is too short for hash and salt
 */
export function emsaPss(hash: HashName, digest: Uint8Array, lengths: { salt: number; modulus: number }): Buffer {
  // one bit less than the modulus: with a modulus of 8k+1 bits that is a byte less, too
  const bits = lengths.modulus - 1;
  const length = Math.ceil(bits / 8);
  const maskedLength = length - digest.length - 1;
  if (maskedLength < lengths.salt + 1)
    throw new LyncauthError('CARD_UNSUPPORTED', `an RSA key of ${lengths.modulus} bits is too short for RSA-PSS with ${hash}`);
  const salt = randomBytes(lengths.salt);
  const seed = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const block = Buffer.concat([Buffer.alloc(maskedLength - salt.length - 1), Buffer.from([1]), salt]);
  const masked = xor(block, mgf1(hash, seed, maskedLength));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits));
  const padding = Buffer.alloc(Math.ceil(lengths.modulus / 8) - length);
  return Buffer.concat([padding, masked, seed, Buffer.from([0xbc])]);
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mgf1(hash: HashName, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let made = 0; made < length; made += seed.length) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(blocks.length);
    blocks.push(createHash(hash).update(seed).update(counter).digest());
  }
  return Buffer.concat(blocks, length);
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}
