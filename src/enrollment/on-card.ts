/** The certificates on the card as an enrollment sees them: which is its own, and which key is in use. Changes nothing. */
import { listCertificates } from '../pkcs11/certificates.js';
import { findKey } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { CertificateEntry } from '../pkcs11/types.js';
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import type { EnrollmentRecord } from './journal.js';

export interface OnCard {
  entry: CertificateEntry;
  info: CertificateInfo;
}

/** The certificates on the card that can be read; any other bytes there are not ours to touch. */
export function readableCertificates(session: CardSession): OnCard[] {
  return listCertificates(session).flatMap((entry) => {
    try {
      return [{ entry, info: readCertificate(entry.der) }];
    } catch {
      return [];
    }
  });
}

/** The certificate that was issued to `record`, if it is on the card already: a run died between writing it and closing the record. */
export function ownCertificate(record: EnrollmentRecord, session: CardSession): OnCard | undefined {
  if (record.certificate === undefined) return undefined;
  const own = Buffer.from(record.certificate, 'base64');
  return readableCertificates(session).find(({ entry }) => entry.der.equals(own));
}

/** Whether a certificate on the card belongs to the key `id`; by CKA_ID where the driver hides the public key. */
export function isKeyInUse(id: Buffer, session: CardSession): boolean {
  const publicKey = findKey(session, id)?.publicKey;
  return readableCertificates(session).some(({ entry, info }) =>
    publicKey === undefined ? entry.id.equals(id) : info.publicKey.equals(publicKey),
  );
}
