/** What the practice CA writes into a user's certificate, and how faults spoil it. Decides nothing, stores nothing. */
import { generateKeyPairSync } from 'node:crypto';
import { type Issuer, issueCertificate } from '../x509/issue-certificate.js';
import { type Account, accounts } from './accounts.js';
import { createRoot } from './authority-files.js';
import { type Fault, hasFault } from './faults.js';
import type { CertificateTemplate } from './templates.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const CLOCK_SKEW_MS = 10 * 60 * 1000;
const USER_DAYS = 365;

export interface IssuingAuthority {
  readonly root: Issuer;
  /** Origin of the HTTPS host, for the addresses in certificates: `https://localhost:8443`. */
  readonly origin: string;
  now(): Date;
}

/**
 * Issues the certificate of `template` for `account`; of a request it takes the key only.
 *
 * @param order - `publicKey`: SPKI, DER.
 * @returns the certificate, DER.
 */
export function issueUserCertificate(
  authority: IssuingAuthority,
  order: { publicKey: Buffer; template: CertificateTemplate; account: Account },
  faults: readonly Fault[],
): Buffer {
  const { template } = order;
  const holder = hasFault(faults, 'wrong-user')
    ? (accounts.find(({ name }) => name !== order.account.name) ?? order.account)
    : order.account;
  const mail = template.needsEmail && holder.email !== undefined ? { email: holder.email } : {};
  return issueCertificate(
    {
      subject: mail.email === undefined ? holder.subject : `E=${mail.email},${holder.subject}`,
      publicKey: hasFault(faults, 'wrong-key') ? newPublicKey() : order.publicKey,
      ...validity(authority.now().getTime(), hasFault(faults, 'expired-certificate')),
      keyUsage: template.keyUsage,
      extendedKeyUsage: template.extendedKeyUsage,
      ...(hasFault(faults, 'no-upn') ? {} : { upn: holder.upn }),
      ...mail,
      ...(hasFault(faults, 'weak-mapping') ? {} : { sid: holder.sid }),
      template: template.reference,
      crlUrl: `${authority.origin}/CertEnroll/practice.crl`,
      issuerUrl: `${authority.origin}/CertEnroll/practice.crt`,
    },
    hasFault(faults, 'foreign-issuer') ? foreignIssuer(authority.now()) : authority.root,
  );
}

/** From ten minutes ago, as a Windows CA has it, for a year; or over since yesterday. */
function validity(now: number, expired: boolean): { notBefore: Date; notAfter: Date } {
  if (expired) return { notBefore: new Date(now - 2 * DAY_MS), notAfter: new Date(now - DAY_MS) };
  return { notBefore: new Date(now - CLOCK_SKEW_MS), notAfter: new Date(now + USER_DAYS * DAY_MS) };
}

function newPublicKey(): Buffer {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
}

/** Another CA under the same name: only its signature and its key identifier tell. */
function foreignIssuer(now: Date): Issuer {
  return createRoot(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, now);
}
