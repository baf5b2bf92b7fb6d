/** SubjectPublicKeyInfo out of key attributes (RFC 5280 section 4.1.2.7). Must not import native code. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { CURVES } from './templates.js';
import type { KeyType } from './types.js';

const RSA_TYPES: Readonly<Record<number, KeyType>> = { 2048: 'rsa2048', 3072: 'rsa3072', 4096: 'rsa4096' };
const CURVE_NAMES = { p256: 'P-256', p384: 'P-384' } as const;

/** SPKI of an RSA key from CKA_MODULUS and CKA_PUBLIC_EXPONENT (big-endian, leading zeros allowed). Undefined when they make no key. */
export function rsaPublicKey(modulus: Buffer, exponent: Buffer): Buffer | undefined {
  return spki({ kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') });
}

/**
 * SPKI of an EC key from CKA_EC_PARAMS and CKA_EC_POINT.
 * @param point uncompressed, as the OCTET STRING that the standard wants or bare, as some drivers give it
 */
export function ecPublicKey(params: Buffer, point: Buffer): Buffer | undefined {
  const curve = curveOf(params);
  if (curve === undefined) return undefined;
  const size = curve === 'p256' ? 32 : 48;
  const bare = point.length === 2 * size + 1 ? point : withoutOctetString(point, 2 * size + 1);
  if (bare === undefined || bare[0] !== 4) return undefined;
  return spki({
    kty: 'EC',
    crv: CURVE_NAMES[curve],
    x: bare.subarray(1, size + 1).toString('base64url'),
    y: bare.subarray(size + 1).toString('base64url'),
  });
}

/** The type of an RSA key by its modulus. */
export function rsaType(modulus: Buffer): KeyType | 'other' {
  const first = modulus.findIndex((byte) => byte !== 0);
  const significant = first === -1 ? Buffer.alloc(0) : modulus.subarray(first);
  const bits = significant.length * 8 - Math.clz32(significant[0] ?? 0) + 24;
  return RSA_TYPES[bits] ?? 'other';
}

/** The type of an EC key by CKA_EC_PARAMS; `other` for curves that lyncauth does not use, and for explicit parameters. */
export function ecType(params: Buffer): KeyType | 'other' {
  return curveOf(params) ?? 'other';
}

/** `der` when it is a SubjectPublicKeyInfo that OpenSSL reads. */
export function checkedPublicKey(der: Buffer): Buffer | undefined {
  try {
    return exported(createPublicKey({ key: der, format: 'der', type: 'spki' }));
  } catch {
    return undefined;
  }
}

function curveOf(params: Buffer): 'p256' | 'p384' | undefined {
  if (params.equals(CURVES.p256)) return 'p256';
  return params.equals(CURVES.p384) ? 'p384' : undefined;
}

function withoutOctetString(point: Buffer, length: number): Buffer | undefined {
  const isOctetString = point.length === length + 2 && point[0] === 0x04 && point[1] === length;
  return isOctetString ? point.subarray(2) : undefined;
}

function spki(key: JsonWebKey): Buffer | undefined {
  try {
    return exported(createPublicKey({ key, format: 'jwk' }));
  } catch {
    // a point off the curve or an empty modulus: the driver shows something that is no key
    return undefined;
  }
}

function exported(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}
