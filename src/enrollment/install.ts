/** Writes the issued certificate to the card and reads it back. */
import { installCertificate } from '../pkcs11/certificates.js';
import type { CardSession } from '../pkcs11/session.js';
import type { KeyEntry } from '../pkcs11/types.js';
import type { CertificateInfo } from '../x509/certificate.js';

/**
 * Puts `certificate` beside its key, under the key's CKA_ID and label. A certificate that an interrupted run has already written is left alone.
 * @throws LyncauthError CARD_FAILED when the card gives other bytes back than it was given
 */
export function install(certificate: CertificateInfo, key: KeyEntry, session: CardSession): void {
  installCertificate(session, {
    der: certificate.der,
    subject: certificate.subjectDer,
    issuer: certificate.issuerDer,
    serialNumber: certificate.serialNumberDer,
    id: key.id,
    label: key.label,
  });
}
