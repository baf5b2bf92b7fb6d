/** The certificate on a card, looked at before TLS uses it: kind of key, whose key, dates. It decides nothing about trust. */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import type { PublicKeyParts } from '../native.js';

/**
 * Reads a certificate (DER) that is to be used with the key whose SubjectPublicKeyInfo (DER) is `publicKey`.
 *
 * @throws LyncauthError KEY_MISMATCH, CERTIFICATE_EXPIRED (also when it is not valid yet) or CARD_UNSUPPORTED.
 */
export function readCardCertificate(der: Uint8Array, publicKey: Uint8Array, now: Date): { pem: string; parts: PublicKeyParts } {
  const { certificate, publicKey: certified, parts } = read(der);
  if (!isKey(certified, publicKey)) throw mismatch(certificate);
  checkDates(certificate, now);
  return { pem: certificate.toString(), parts };
}

/** The same key, however its parameters are written. */
function isKey(certified: KeyObject, der: Uint8Array): boolean {
  try {
    return certified.equals(createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }));
  } catch {
    return false;
  }
}

function read(der: Uint8Array): { certificate: X509Certificate; publicKey: KeyObject; parts: PublicKeyParts } {
  try {
    const certificate = new X509Certificate(der);
    const { publicKey } = certificate;
    return { certificate, publicKey, parts: partsOf(publicKey) };
  } catch (cause) {
    throw new LyncauthError('CARD_UNSUPPORTED', 'the certificate on the card is not one that TLS can use: its key is not RSA or EC', {
      hint: 'use a certificate with an RSA, P-256, P-384 or P-521 key',
      cause,
    });
  }
}

function partsOf(publicKey: KeyObject): PublicKeyParts {
  const jwk = publicKey.export({ format: 'jwk' });
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  if (publicKey.asymmetricKeyType === 'rsa') return { type: 'RSA', modulus: bytes(jwk.n), publicExponent: bytes(jwk.e) };
  const group = jwk.crv;
  if (group !== 'P-256' && group !== 'P-384' && group !== 'P-521') throw new Error(`${group ?? jwk.kty} keys are not supported`);
  return { type: 'EC', group, point: Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]) };
}

function checkDates(certificate: X509Certificate, now: Date): void {
  const { validFrom, validTo } = certificate;
  const day = (text: string) => new Date(text).toISOString().slice(0, 10);
  const dates = { notBefore: new Date(validFrom).toISOString(), notAfter: new Date(validTo).toISOString() };
  if (now.getTime() > Date.parse(validTo)) {
    throw new LyncauthError('CERTIFICATE_EXPIRED', `the certificate of ${nameOf(certificate)} on the card expired on ${day(validTo)}`, {
      hint: 'get a new one: lyncauth enroll --replace',
      details: dates,
    });
  }
  if (now.getTime() < Date.parse(validFrom)) {
    throw new LyncauthError(
      'CERTIFICATE_EXPIRED',
      `the certificate of ${nameOf(certificate)} on the card is not valid before ${day(validFrom)}`,
      { hint: "check this computer's clock", details: dates },
    );
  }
}

function mismatch(certificate: X509Certificate): LyncauthError {
  return new LyncauthError('KEY_MISMATCH', `the certificate of ${nameOf(certificate)} is for another key than the one on the card`, {
    hint: 'see which keys and certificates belong together: lyncauth cards',
  });
}

/** On one line. */
function nameOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ');
}
