/** X.509 certificates on the card: list, write and read back, remove. Must not import native code. */
import { X509Certificate } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { CKA } from './cryptoki.js';
import type { CardSession } from './session.js';
import { type CertificateTemplateParts, certificateTemplate, x509Certificates } from './templates.js';
import type { CertificateEntry } from './types.js';

/** All X.509 certificates of the card that this session sees, as the card holds them: unchecked bytes. */
export function listCertificates(session: CardSession): CertificateEntry[] {
  return session.run('reading the certificates', () => session.find(x509Certificates()).map((handle) => readCertificate(session, handle)));
}

/** Those with these bytes and this CKA_ID. Of the others only the bytes are read, which tell them apart. */
function sameCertificates(session: CardSession, { der, id }: Pick<CertificateEntry, 'der' | 'id'>): CertificateEntry[] {
  return session.run('reading the certificates', () =>
    session
      .find(x509Certificates())
      .filter((handle) => session.attribute(handle, CKA.VALUE)?.equals(der) === true)
      .map((handle) => readCertificate(session, handle))
      .filter((entry) => entry.id.equals(id)),
  );
}

function readCertificate(session: CardSession, handle: Buffer): CertificateEntry {
  return {
    id: session.attribute(handle, CKA.ID) ?? Buffer.alloc(0),
    label: session.attribute(handle, CKA.LABEL)?.toString('utf8') ?? '',
    der: session.attribute(handle, CKA.VALUE) ?? Buffer.alloc(0),
    handle,
  };
}

/**
 * Writes a certificate and reads it back. The same certificate under the same CKA_ID is not written twice: cards would keep two.
 * The session must be read-write and logged in.
 * @throws CERTIFICATE_REFUSED when `der` is not one certificate; CARD_FULL, CARD_READ_ONLY, NEEDS_SECURITY_OFFICER;
 * CARD_FAILED when the card returns other bytes than it was given
 */
export function installCertificate(session: CardSession, certificate: CertificateTemplateParts): CertificateEntry {
  assertCertificate(certificate.der);
  assertFits(session, certificate.der);
  const { id, label, der } = certificate;
  const [installed] = sameCertificates(session, certificate);
  if (installed !== undefined) return installed;
  const handle = session.create('certificate installation', certificateTemplate(certificate));
  if (session.attribute(handle, CKA.VALUE)?.equals(der) !== true) throw readBackError(session, handle);
  return { id, label: session.attribute(handle, CKA.LABEL)?.toString('utf8') ?? label, der, handle };
}

/** Removes a certificate: the object that holds these bytes under this CKA_ID. Nothing when it is gone already. */
export function destroyCertificate(session: CardSession, entry: CertificateEntry): void {
  session.run('removing the certificate', () => {
    // handles change when a card is opened again: the bytes decide
    const same = sameCertificates(session, entry);
    const wanted = same.find((other) => other.handle.equals(entry.handle)) ?? same[0];
    if (wanted !== undefined) session.destroy('removing the certificate', wanted.handle);
  });
}

/** Cards store anything as a certificate, so what is written is looked at here. */
function assertCertificate(der: Buffer): void {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(der);
  } catch (error) {
    throw new LyncauthError('CERTIFICATE_REFUSED', 'what should be installed is not a certificate', { cause: error });
  }
  if (!parsed.raw.equals(der)) throw new LyncauthError('CERTIFICATE_REFUSED', 'what should be installed is not one certificate in DER');
}

function assertFits(session: CardSession, der: Buffer): void {
  const room = session.driver.maxCertificateBytes;
  if (room !== undefined && der.length > room)
    throw new LyncauthError('CARD_FULL', `the certificate has ${der.length} bytes, the card takes ${room}`);
}

function readBackError(session: CardSession, handle: Buffer): LyncauthError {
  try {
    session.destroy('removing the certificate', handle);
  } catch {
    // the read-back is the news
  }
  return new LyncauthError('CARD_FAILED', 'the card returned other bytes than the certificate it was given', {
    hint: 'try again, or use another card',
  });
}
