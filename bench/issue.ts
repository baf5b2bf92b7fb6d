/** Certificates of a card for measurements. */
import { type Issuer, issueCertificate } from '../src/x509/issue-certificate.js';

const day = 24 * 3600 * 1000;

/** @param publicKey - SubjectPublicKeyInfo, DER */
export function issue(publicKey: Buffer, issuer: Issuer): Buffer {
  const [notBefore, notAfter] = [new Date(Date.now() - day), new Date(Date.now() + day)];
  const usage = { keyUsage: ['digitalSignature'], extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] } as const;
  return issueCertificate({ subject: 'CN=Alice', publicKey, notBefore, notAfter, ...usage }, issuer);
}
