/** SubjectPublicKeyInfo out of key attributes (RFC 5280 section 4.1.2.7), and what it says about signatures. Must not import native code. */
import { createECDH, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { CURVES } from './templates.js';
import type { KeyType } from './types.js';

/** What a private key is, as far as signatures depend on it. */
export type SigningKey = { kind: 'RSA'; modulusBits: number } | { kind: 'EC'; curveBytes: number };

interface Curve {
  type: KeyType | 'other';
  /** CKA_EC_PARAMS */
  params: Buffer;
  jwk: string;
  openssl: string;
  /** Length of a coordinate. */
  bytes: number;
}

const SEQUENCE = 0x30;
/** id-ecPublicKey */
const EC_PUBLIC_KEY = Buffer.from('06072a8648ce3d0201', 'hex');
const RSA_TYPES: Readonly<Record<number, KeyType>> = { 2048: 'rsa2048', 3072: 'rsa3072', 4096: 'rsa4096' };
const KNOWN_CURVES: readonly Curve[] = [
  { type: 'p256', params: CURVES.p256, jwk: 'P-256', openssl: 'prime256v1', bytes: 32 },
  { type: 'p384', params: CURVES.p384, jwk: 'P-384', openssl: 'secp384r1', bytes: 48 },
  // lyncauth makes no such keys; those that a card has can sign
  { type: 'other', params: Buffer.from('06052b81040023', 'hex'), jwk: 'P-521', openssl: 'secp521r1', bytes: 66 },
];

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
  const size = curve.bytes;
  const bare = point.length === 2 * size + 1 ? point : withoutOctetString(point, 2 * size + 1);
  if (bare === undefined || bare[0] !== 4) return undefined;
  return spki({
    kty: 'EC',
    crv: curve.jwk,
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

/** The type of an EC key by CKA_EC_PARAMS; `other` for curves that lyncauth makes no keys of. */
export function ecType(params: Buffer): KeyType | 'other' {
  return curveOf(params)?.type ?? 'other';
}

/** What the private key of `publicKey` (SPKI DER) is; undefined for kinds and curves that lyncauth has no signatures for. */
export function signingKey(publicKey: Buffer): SigningKey | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  if (asymmetricKeyType === 'rsa') return { kind: 'RSA', modulusBits: asymmetricKeyDetails?.modulusLength ?? 0 };
  const curve = KNOWN_CURVES.find(({ openssl }) => asymmetricKeyType === 'ec' && openssl === asymmetricKeyDetails?.namedCurve);
  return curve === undefined ? undefined : { kind: 'EC', curveBytes: curve.bytes };
}

/** `der` when it is a SubjectPublicKeyInfo that OpenSSL reads. */
export function checkedPublicKey(der: Buffer): Buffer | undefined {
  try {
    return exported(createPublicKey({ key: der, format: 'der', type: 'spki' }));
  } catch {
    return undefined;
  }
}

function curveOf(params: Buffer): Curve | undefined {
  return KNOWN_CURVES.find((curve) => params.equals(curve.params)) ?? curveOfExplicit(params);
}

/**
 * ykcs11 spells the curve out (ECParameters, RFC 3279 section 2.3.5). OpenSSL judges whether all of it is that of a curve with a name: it reads a key of these
 * parameters, the point of which is the curve's own base point.
 */
function curveOfExplicit(params: Buffer): Curve | undefined {
  if (params[0] !== SEQUENCE) return undefined;
  return KNOWN_CURVES.find(({ openssl }) => {
    const basePoint = createECDH(openssl);
    basePoint.setPrivateKey('01', 'hex');
    const key = der(0x03, Buffer.alloc(1), basePoint.getPublicKey());
    try {
      const read = createPublicKey({ key: der(SEQUENCE, der(SEQUENCE, EC_PUBLIC_KEY, params), key), format: 'der', type: 'spki' });
      return read.asymmetricKeyDetails?.namedCurve === openssl;
    } catch {
      return false;
    }
  });
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const header = Buffer.from([tag, 0x82, 0, 0]);
  header.writeUInt16BE(content.length, 2);
  return Buffer.concat([header, content]);
}

function withoutOctetString(point: Buffer, length: number): Buffer | undefined {
  const header = Buffer.from(length < 0x80 ? [0x04, length] : [0x04, 0x81, length]);
  const isOctetString = point.length === header.length + length && point.subarray(0, header.length).equals(header);
  return isOctetString ? point.subarray(header.length) : undefined;
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
