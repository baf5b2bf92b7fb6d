/** Whether a card is enrolled already: by an earlier run, or by the administrator who handed it out. */
import type { CertificateEntry, KeyEntry } from '../pkcs11/types.js';
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import { isSignInCertificate } from '../x509/purposes.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A certificate with fewer days left than this, or less than a third of its life, is due for a new one. */
const RENEWAL_DAYS = 30;

export interface EnrolledAs {
  upn?: string | undefined;
  template?: string | undefined;
}

export interface EnrolledCertificate {
  certificate: CertificateInfo;
  key: KeyEntry;
}

/** The certificate on the card that makes an enrollment as `wanted` needless: right user, valid for a while yet, its key on the card. */
export function findEnrolled(
  certificates: CertificateEntry[],
  keys: KeyEntry[],
  wanted: EnrolledAs,
  now: Date,
): EnrolledCertificate | undefined {
  for (const { der } of certificates) {
    const certificate = readQuietly(der);
    if (certificate === undefined || !matches(certificate, wanted) || isDue(certificate, now)) continue;
    const key = keys.find((candidate) => candidate.publicKey?.equals(certificate.publicKey) === true);
    if (key !== undefined) return { certificate, key };
  }
  return undefined;
}

function matches(certificate: CertificateInfo, wanted: EnrolledAs): boolean {
  if (!isSignInCertificate(certificate)) return false;
  if (wanted.upn !== undefined && certificate.upn?.toLowerCase() !== wanted.upn.toLowerCase()) return false;
  // A version 2 template is named by an OID in the certificate, which says nothing about the name it was asked by.
  const named = certificate.template !== undefined && !/^[0-9.]+$/.test(certificate.template);
  return !named || wanted.template === undefined || certificate.template?.toLowerCase() === wanted.template.toLowerCase();
}

function isDue(certificate: CertificateInfo, now: Date): boolean {
  const life = certificate.notAfter.getTime() - certificate.notBefore.getTime();
  const left = certificate.notAfter.getTime() - now.getTime();
  return certificate.notBefore.getTime() > now.getTime() || left < Math.min(RENEWAL_DAYS * DAY_MS, life / 3);
}

function readQuietly(der: Buffer): CertificateInfo | undefined {
  try {
    return readCertificate(der);
  } catch {
    return undefined;
  }
}
