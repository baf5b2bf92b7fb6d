/** Finding certificates in whatever a CA, a file or a page wraps them in. The bytes of each are kept; which to trust is not decided here. */
import { X509Certificate } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { type Asn1Node, child, children, isContext, isSequence, oidOf, parseAsn1, raw } from './asn1.js';
import { OID } from './oids.js';
import { decodePem } from './pem.js';

export const MAX_BUNDLE_BYTES = 1024 * 1024;
export const MAX_CERTIFICATES = 20;

/** Labels whose content may be certificates; servers put a PKCS#7 under BEGIN CERTIFICATE too. */
const LABELS = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'PKCS7', 'PKCS #7 SIGNED DATA', 'CMS']);

/**
 * The certificates in `bytes`, in order: one DER certificate, a certs-only PKCS#7 (RFC 5652 section 5, any key type), either of them in
 * PEM armour or in bare base64, or several PEM blocks. At most 1 MiB and 20 certificates.
 *
 * @returns the exact DER of each certificate.
 * @throws LyncauthError CERTIFICATE_REFUSED when there is none, when one is broken, or when there is too much.
 */
export function readCertificates(bytes: Uint8Array): Buffer[] {
  if (bytes.byteLength > MAX_BUNDLE_BYTES) throw refused(`${bytes.byteLength} bytes of certificates are more than 1 MiB`);
  const found = encodings(Buffer.from(bytes)).flatMap((der) => certificatesIn(der));
  if (found.length === 0) throw refused('there is no certificate in it');
  if (found.length > MAX_CERTIFICATES) throw refused(`there are ${found.length} certificates in it, more than ${MAX_CERTIFICATES}`);
  return found;
}

/** The binary pieces of the input, whatever text they travel in. */
function encodings(bytes: Buffer): Buffer[] {
  if (bytes[0] === 0x30) return [bytes];
  const text = bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  if (text.includes('-----BEGIN ')) {
    return decodePem(text)
      .filter(({ label }) => LABELS.has(label))
      .map(({ der }) => der);
  }
  const base64 = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw refused('it is neither a certificate nor a text that holds one');
  return [Buffer.from(base64, 'base64')];
}

/** One certificate, or those of a PKCS#7. */
function certificatesIn(der: Buffer): Buffer[] {
  try {
    return [confirmed(der)];
  } catch {
    // It is something else, or broken: told below.
  }
  try {
    return signedDataCertificates(parseAsn1(der)).map((piece) => confirmed(piece));
  } catch (cause) {
    throw refused('what the certificates come in cannot be read', cause);
  }
}

/** The members of SignedData.certificates [0]; those that are not X.509 certificates (they are tagged) are left out. */
function signedDataCertificates(contentInfo: Asn1Node): Buffer[] {
  if (oidOf(child(contentInfo, 0)) !== OID.signedData) throw new Error('it is a CMS message of another kind than signed data');
  const signedData = child(child(contentInfo, 1), 0);
  const set = children(signedData).find((part) => isContext(part, 0));
  return (set ? children(set) : []).filter(isSequence).map(raw);
}

/** `der`, once OpenSSL has read exactly these bytes as a certificate. */
function confirmed(der: Buffer): Buffer {
  if (!new X509Certificate(der).raw.equals(der)) throw new Error('a certificate is not in DER');
  return der;
}

function refused(reason: string, cause?: unknown): LyncauthError {
  return new LyncauthError('CERTIFICATE_REFUSED', `no certificate can be taken from the data: ${reason}`, { cause });
}
