/** Who signed whom. Decided by OpenSSL through Node alone; no JavaScript verifier has a say. */
import { X509Certificate } from 'node:crypto';

/**
 * True when `issuer` is a CA certificate that names `certificate`'s issuer and whose key verifies its signature. Dates are not looked at.
 *
 * @param certificate DER
 * @param issuer DER
 */
export function isIssuedBy(certificate: Uint8Array, issuer: Uint8Array): boolean {
  try {
    const subject = new X509Certificate(certificate);
    const authority = new X509Certificate(issuer);
    return authority.ca && subject.checkIssued(authority) && subject.verify(authority.publicKey);
  } catch {
    return false;
  }
}

/** The one of `candidates` (DER) that issued `certificate`; undefined when none did. */
export function issuerAmong(certificate: Uint8Array, candidates: readonly Uint8Array[]): Buffer | undefined {
  const issuer = candidates.find((candidate) => isIssuedBy(certificate, candidate));
  return issuer && Buffer.from(issuer);
}

/** Whether a certificate (DER) is one of a CA (RFC 5280 section 4.2.1.9); false for what cannot be read. */
export function isCaCertificate(certificate: Uint8Array): boolean {
  try {
    return new X509Certificate(certificate).ca;
  } catch {
    return false;
  }
}
