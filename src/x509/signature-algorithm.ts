/** Which AlgorithmIdentifier a signature of a given key and hash carries (RFC 4055, RFC 5758), and how to check one with OpenSSL. */
import { createPublicKey, verify } from 'node:crypto';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { HashName, SignatureScheme } from '../signer.js';

const RSA: Readonly<Record<HashName, string>> = {
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};
const ECDSA: Readonly<Record<HashName, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};
const HASHES: readonly HashName[] = ['sha1', 'sha256', 'sha384', 'sha512'];
const DER_NULL = new Uint8Array([0x05, 0x00]).buffer;

export interface SignatureChoice {
  scheme: SignatureScheme;
  algorithm: AlgorithmIdentifier;
}

/** 'rsa' or 'ec', and the hash that belongs to the key: SHA-384 for P-384, else SHA-256. @throws Error for another kind of key. */
export function keyKind(publicKey: Uint8Array): { kind: 'rsa' | 'ec'; hash: HashName } {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return { kind: 'rsa', hash: 'sha256' };
  if (type === 'ec') return { kind: 'ec', hash: details?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256' };
  throw new Error(`a key of type ${type} cannot sign a certification request`);
}

/** How the key is to sign, and how that is written down. RSA parameters are NULL (RFC 4055 section 5), ECDSA has none (RFC 5758 section 3.2). */
export function signatureFor(kind: 'rsa' | 'ec', hash: HashName): SignatureChoice {
  if (kind === 'ec') return { scheme: { kind: 'ecdsa', hash }, algorithm: new AlgorithmIdentifier({ algorithm: ECDSA[hash] }) };
  return { scheme: { kind: 'rsa-pkcs1', hash }, algorithm: new AlgorithmIdentifier({ algorithm: RSA[hash], parameters: DER_NULL }) };
}

/** The hash of a signature algorithm; undefined for one that is not handled here. */
export function hashOfSignature(oid: string): HashName | undefined {
  return HASHES.find((hash) => RSA[hash] === oid || ECDSA[hash] === oid);
}

/**
 * True when `signature` over `data` was made, as the algorithm `oid` says, by the private key of `publicKey` (SPKI DER).
 * A key of another kind than the algorithm's, or an unknown algorithm, is false.
 */
export function verifySignature(oid: string, publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const hash = hashOfSignature(oid);
  if (hash === undefined) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    const wanted = RSA[hash] === oid ? 'rsa' : 'ec';
    return key.asymmetricKeyType === wanted && verify(hash, data, key, signature);
  } catch {
    return false;
  }
}
