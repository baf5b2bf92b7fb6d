/** Issues X.509 certificates with a CA key held as a Node KeyObject: what the practice organisation needs. Verifies nothing, decides nothing. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Certificate,
  Extensions,
  type Name,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import { buildExtensions, type ExtensionContent } from './issue-extensions.js';
import { parseName } from './parse-name.js';
import { signedStructure } from './signed.js';

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const DER_NULL = new Uint8Array([5, 0]).buffer;

/** What a certificate says, apart from who issued it. */
export interface CertificateContent extends ExtensionContent {
  /** RFC 4514 text: `CN=Alice,DC=lab,DC=test`. */
  readonly subject: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Issuer {
  /** The CA's certificate, DER. */
  readonly certificate: Uint8Array;
  /** Its private key: RSA, or EC P-256. */
  readonly key: KeyObject;
}

/**
 * Issues a certificate: version 3, random serial number of 16 bytes, signed with SHA-256 (RFC 5280 section 4.1).
 *
 * @returns the certificate, DER.
 */
export function issueCertificate(content: CertificateContent, issuer: Issuer): Buffer {
  return build(content, issuerParts(issuer), issuer.key);
}

/**
 * A certificate signed by the key it carries, for a root.
 *
 * @param key - the private key; `content.publicKey` is taken from it.
 * @returns the certificate, DER.
 */
export function selfSigned(content: Omit<CertificateContent, 'publicKey'>, key: KeyObject): Buffer {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return build({ ...content, publicKey }, { name: parseName(content.subject), keyId: keyIdentifier(parsePublicKey(publicKey)) }, key);
}

interface IssuerParts {
  name: Name;
  keyId: ArrayBuffer;
}

const knownIssuers = new WeakMap<Issuer, IssuerParts>();

/** Name and key identifier of an issuer, as they go into what it signs; read once for each. */
export function issuerParts(issuer: Issuer): IssuerParts {
  const known = knownIssuers.get(issuer);
  if (known !== undefined) return known;
  const { tbsCertificate } = AsnConvert.parse(issuer.certificate, Certificate);
  const parts = { name: tbsCertificate.subject, keyId: keyIdentifier(tbsCertificate.subjectPublicKeyInfo) };
  knownIssuers.set(issuer, parts);
  return parts;
}

/** The signature algorithm used with `key`: RSASSA-PKCS1-v1_5 (RFC 4055 section 5) or ECDSA (RFC 5758 section 3.2) over SHA-256. */
export function signatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
  return key.asymmetricKeyType === 'rsa'
    ? new AlgorithmIdentifier({ algorithm: SHA256_WITH_RSA, parameters: DER_NULL })
    : new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
}

/** Signs the DER form of a TBS structure. @returns the signed structure, DER */
export function signStructure(tbs: ArrayBuffer, key: KeyObject): Buffer {
  const bytes = Buffer.from(tbs);
  return signedStructure(bytes, signatureAlgorithm(key), sign('sha256', bytes, key));
}

function build(content: CertificateContent, issuer: IssuerParts, key: KeyObject): Buffer {
  const subjectPublicKeyInfo = parsePublicKey(content.publicKey);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: newSerialNumber(),
    signature: signatureAlgorithm(key),
    issuer: issuer.name,
    validity: new Validity({ notBefore: content.notBefore, notAfter: content.notAfter }),
    subject: parseName(content.subject),
    subjectPublicKeyInfo,
  });
  tbsCertificate.extensions = new Extensions(buildExtensions(content, keyIdentifier(subjectPublicKeyInfo), issuer.keyId));
  return signStructure(AsnConvert.serialize(tbsCertificate), key);
}

function parsePublicKey(der: Uint8Array): SubjectPublicKeyInfo {
  return AsnConvert.parse(der, SubjectPublicKeyInfo);
}

/** SHA-1 of the key bits: method 1 of RFC 5280 section 4.2.1.2, an identifier and not a safeguard. */
function keyIdentifier(publicKey: SubjectPublicKeyInfo): ArrayBuffer {
  return arrayBuffer(createHash('sha1').update(Buffer.from(publicKey.subjectPublicKey)).digest());
}

/** Positive, and without a leading zero byte, so that DER keeps all 16 bytes. */
function newSerialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return arrayBuffer(bytes);
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
