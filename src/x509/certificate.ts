/** Reading a certificate (RFC 5280): what it says, not whether it is to be trusted. For that see trust.ts. */

import { createHash } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { type Asn1Node, child, children, contentOf, dateOf, isContext, isSequence, oidOf, parseAsn1, raw } from './asn1.js';
import { readExtensions } from './extensions.js';
import { formatName } from './name.js';
import { signatureAlgorithmName } from './oids.js';

const MAX_CERTIFICATE_BYTES = 256 * 1024;
const INTEGER = 2;

export interface CertificateInfo {
  /** The certificate exactly as it was given. */
  der: Buffer;
  /** RFC 4514 text. */
  subject: string;
  issuer: string;
  /** Lower-case hexadecimal without a sign octet, as certutil shows it. */
  serialNumber: string;
  notBefore: Date;
  notAfter: Date;
  /** User principal name, from the subject alternative name. */
  upn?: string;
  emailAddress?: string;
  /** Dotted OIDs. */
  extendedKeyUsage: string[];
  /** RFC 5280 names, such as digitalSignature. */
  keyUsage: string[];
  /** Name of a version 1 template, OID of a later one. */
  template?: string;
  /** The account's security identifier, S-1-5-21-… */
  sid?: string;
  /** True when the certificate carries the account's SID, which domain controllers ask for since KB5014754. */
  strongMapping: boolean;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  sha256: string;
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Buffer;
  subjectDer: Buffer;
  issuerDer: Buffer;
  /** The INTEGER with tag and length, as CKA_SERIAL_NUMBER wants it. */
  serialNumberDer: Buffer;
  isCa: boolean;
  /** Such as sha256WithRSAEncryption, or a dotted OID. */
  signatureAlgorithm: string;
}

/** The `certificate` object of the JSON output. */
export interface CertificateSummary {
  subject: string;
  issuer: string;
  serialNumber: string;
  upn: string | null;
  notBefore: string;
  notAfter: string;
  extendedKeyUsage: string[];
  sha256: string;
  template: string | null;
  strongMapping: boolean;
}

/**
 * Reads one DER certificate.
 *
 * @throws LyncauthError CERTIFICATE_REFUSED on anything that is not a whole, readable certificate.
 */
export function readCertificate(der: Uint8Array): CertificateInfo {
  try {
    if (der.byteLength > MAX_CERTIFICATE_BYTES) throw new Error('it is larger than 256 KiB');
    return describe(Buffer.from(der), parseAsn1(der));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LyncauthError('CERTIFICATE_REFUSED', `certificate cannot be read: ${reason}`, { cause });
  }
}

function describe(der: Buffer, root: Asn1Node): CertificateInfo {
  const [tbsCertificate, algorithm, signature, ...rest] = children(root);
  if (!isSequence(root) || !tbsCertificate || !algorithm || !signature || rest.length > 0) throw new Error('it is no certificate');
  // Without the version, which alone may be left out.
  const parts = children(tbsCertificate).filter((part) => !isContext(part, 0));
  const [serial, , issuer, validity, subject, spki] = parts;
  if (!serial || !issuer || !validity || !subject || !spki) throw new Error('a field is missing');
  if (serial.idBlock.tagNumber !== INTEGER || !isSequence(spki)) throw new Error('a field is broken');
  const extensions = parts.find((part) => isContext(part, 3));
  const { sid, ...facts } = readExtensions(extensions && child(extensions, 0));
  return {
    der,
    subject: formatName(raw(subject)),
    issuer: formatName(raw(issuer)),
    serialNumber: hexInteger(contentOf(serial)),
    notBefore: readDate(child(validity, 0)),
    notAfter: readDate(child(validity, 1)),
    ...facts,
    ...(sid !== undefined && { sid }),
    strongMapping: sid !== undefined,
    sha256: createHash('sha256').update(der).digest('hex'),
    publicKey: raw(spki),
    subjectDer: raw(subject),
    issuerDer: raw(issuer),
    serialNumberDer: raw(serial),
    signatureAlgorithm: signatureAlgorithmName(readOid(child(algorithm, 0))),
  };
}

function hexInteger(content: Buffer): string {
  const signOctet = content.length > 1 && content[0] === 0;
  return content.subarray(signOctet ? 1 : 0).toString('hex');
}

function readDate(node: Asn1Node): Date {
  const date = dateOf(node);
  if (date === undefined) throw new Error('a date is not readable');
  return date;
}

function readOid(node: Asn1Node): string {
  const oid = oidOf(node);
  if (oid === undefined) throw new Error('the signature algorithm is not readable');
  return oid;
}

/** What the JSON output says about a certificate: plain values only, dates in ISO 8601. */
export function certificateSummary(info: CertificateInfo): CertificateSummary {
  return {
    subject: info.subject,
    issuer: info.issuer,
    serialNumber: info.serialNumber,
    upn: info.upn ?? null,
    notBefore: info.notBefore.toISOString(),
    notAfter: info.notAfter.toISOString(),
    extendedKeyUsage: info.extendedKeyUsage,
    sha256: info.sha256,
    template: info.template ?? null,
    strongMapping: info.strongMapping,
  };
}
