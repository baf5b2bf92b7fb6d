/** ECDSA signatures: from the r and s that PKCS#11 gives to the DER that X.509 and TLS want. */
import { LyncauthError } from '../errors.js';

/**
 * DER of Ecdsa-Sig-Value (RFC 3279 section 2.2.3) from r and s of equal length (PKCS#11 v2.40 section 2.3.1 of the mechanisms).
 * @throws CARD_FAILED when the bytes cannot be r and s
 */
export function ecdsaSignatureToDer(raw: Uint8Array): Buffer {
  const half = raw.length / 2;
  if (raw.length === 0 || !Number.isInteger(half))
    throw new LyncauthError('CARD_FAILED', `the card returned an ECDSA signature of ${raw.length} bytes`);
  const body = Buffer.concat([integer(raw.subarray(0, half)), integer(raw.subarray(half))]);
  return Buffer.concat([header(0x30, body.length), body]);
}

function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = Buffer.from(first === -1 ? [0] : bytes.subarray(first));
  const positive = ((digits[0] ?? 0) & 0x80) === 0 ? digits : Buffer.concat([Buffer.alloc(1), digits]);
  return Buffer.concat([header(0x02, positive.length), positive]);
}

function header(tag: number, length: number): Buffer {
  // P-521, the longest curve in use, stays below 256
  return length < 0x80 ? Buffer.from([tag, length]) : Buffer.from([tag, 0x81, length]);
}
