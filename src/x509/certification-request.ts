/** Certification requests (PKCS#10, RFC 2986): building them for keys that cannot be read, whose signature is awaited, and reading them. */
import { CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { LyncauthError } from '../errors.js';
import type { HashName, Signer } from '../signer.js';
import { type Asn1Node, child, children, contentOf, isContext, oidOf, parseAsn1, raw } from './asn1.js';
import { readExtensions } from './extensions.js';
import { formatName } from './name.js';
import { OID } from './oids.js';
import { parseName } from './parse-name.js';
import { type RequestContent, requestAttributes } from './request-attributes.js';
import { hashOfSignature, keyKind, signatureFor, verifySignature } from './signature-algorithm.js';
import { signedStructure } from './signed.js';

const MAX_REQUEST_BYTES = 64 * 1024;

export interface CertificationRequestOptions extends RequestContent {
  signer: Signer;
  /** Of the request's own signature. SHA-256 unless given, SHA-384 for P-384. The CA picks its own for the certificate. */
  hash?: HashName | undefined;
  /** RFC 4514 text, such as `CN=Alice`. A CA that builds the subject from its directory ignores it. */
  subject: string;
}

export interface CertificationRequestContent {
  /** RFC 4514 text. */
  subject: string;
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Buffer;
  upn?: string;
  emailAddress?: string;
  template?: string;
  extendedKeyUsage: string[];
  keyUsage: string[];
  /** Of the request's signature: sha1, sha256, sha384, sha512, or the OID of an algorithm that is not handled here. */
  hash: string;
  /** OIDs of the attributes, in order. */
  attributes: string[];
  /** Whether the signature was made with the key in the request. */
  verify(): boolean;
}

/**
 * Builds a request and has it signed.
 *
 * @returns the request, DER.
 * @throws LyncauthError USAGE for a subject that is not a distinguished name; CARD_UNSUPPORTED for a key that is neither RSA nor EC;
 *   CARD_FAILED when the signature does not verify with the key it was made for; and whatever the signer throws.
 */
export async function buildCertificationRequest(options: CertificationRequestOptions): Promise<Buffer> {
  const { signer } = options;
  const { kind, hash } = kindOf(signer.publicKey);
  const { scheme, algorithm } = signatureFor(kind, options.hash ?? hash);
  const info = new CertificationRequestInfo({
    subject: parseName(options.subject),
    subjectPKInfo: AsnConvert.parse(signer.publicKey, SubjectPublicKeyInfo),
    attributes: requestAttributes(options, kind),
  });
  const unsigned = new Uint8Array(AsnConvert.serialize(info));
  const signature = await signer.sign(unsigned, scheme);
  if (!verifySignature(algorithm.algorithm, signer.publicKey, unsigned, signature)) {
    throw new LyncauthError('CARD_FAILED', 'the signature made for the certification request does not fit the public key');
  }
  return signedStructure(unsigned, algorithm, signature);
}

function kindOf(publicKey: Uint8Array): ReturnType<typeof keyKind> {
  try {
    return keyKind(publicKey);
  } catch (cause) {
    throw new LyncauthError('CARD_UNSUPPORTED', 'the public key of the card is neither RSA nor on a known elliptic curve', { cause });
  }
}

/**
 * Reads a DER request.
 *
 * @throws LyncauthError CERTIFICATE_REFUSED on anything that is not a whole, readable request.
 */
export function readCertificationRequest(der: Uint8Array): CertificationRequestContent {
  try {
    if (der.byteLength > MAX_REQUEST_BYTES) throw new Error('it is larger than 64 KiB');
    return describe(parseAsn1(der));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LyncauthError('CERTIFICATE_REFUSED', `certification request cannot be read: ${reason}`, { cause });
  }
}

function describe(root: Asn1Node): CertificationRequestContent {
  const info = child(root, 0);
  const algorithm = oidOf(child(child(root, 1), 0));
  if (algorithm === undefined) throw new Error('the signature algorithm is missing');
  const signature = contentOf(child(root, 2)).subarray(1);
  const publicKey = raw(child(info, 2));
  const list = children(info).filter((part) => isContext(part, 0));
  const entries = list.flatMap((attributes) => children(attributes));
  const request = entries.find((attribute) => oidOf(child(attribute, 0)) === OID.extensionRequest);
  const { upn, emailAddress, template, extendedKeyUsage, keyUsage } = readExtensions(request && child(child(request, 1), 0));
  return {
    subject: formatName(raw(child(info, 1))),
    publicKey,
    ...(upn !== undefined && { upn }),
    ...(emailAddress !== undefined && { emailAddress }),
    ...(template !== undefined && { template }),
    extendedKeyUsage,
    keyUsage,
    hash: hashOfSignature(algorithm) ?? algorithm,
    attributes: entries.map((attribute) => oidOf(child(attribute, 0)) ?? '?'),
    verify: () => verifySignature(algorithm, publicKey, raw(info), signature),
  };
}
