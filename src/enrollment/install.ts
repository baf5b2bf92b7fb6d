/** Writes the issued certificate to the card and reads it back. */
import { installCertificate, listCertificates } from '../pkcs11/certificates.js';
import type { CertificateInfo } from '../x509/certificate.js';
import type { EnrollmentRecord } from './journal.js';
import { enrollmentKey } from './key.js';
import type { EnrollmentTools } from './tools.js';

/**
 * Puts `certificate` beside its key, under the key's CKA_ID and label. A certificate that an interrupted run has already written is left alone.
 * @throws LyncauthError CARD_FAILED when the card gives other bytes back than it was given
 */
export function install(certificate: CertificateInfo, record: EnrollmentRecord, tools: EnrollmentTools): void {
  const key = enrollmentKey(record, tools);
  const there = listCertificates(tools.session).some((entry) => entry.der.equals(certificate.der));
  if (!there) {
    installCertificate(tools.session, {
      der: certificate.der,
      subject: certificate.subjectDer,
      issuer: certificate.issuerDer,
      serialNumber: certificate.serialNumberDer,
      id: key.id,
      label: key.label,
    });
  }
  tools.journal.advance(record, 'installed');
}
