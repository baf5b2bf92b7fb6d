/** Reading the extensions of a certificate or a request (RFC 5280 section 4.2) that say whom it names and what it is for. */
import { type Asn1Node, child, children, contentOf, isContext, oidOf, parseAsn1, textOf } from './asn1.js';
import { decodeSecurityIdentifier, decodeTemplate, securityIdentifierOfUri } from './microsoft.js';
import { OID } from './oids.js';

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/** What the extensions say. */
export interface ExtensionFacts {
  upn?: string;
  emailAddress?: string;
  extendedKeyUsage: string[];
  keyUsage: string[];
  template?: string;
  sid?: string;
  isCa: boolean;
}

/**
 * Reads an `Extensions` SEQUENCE. Extensions that a decision rests on must be readable; Microsoft's own are left out when they are not.
 *
 * @throws Error in plain words when one of them is broken or occurs twice.
 */
export function readExtensions(extensions: Asn1Node | undefined): ExtensionFacts {
  const values = valuesByOid(extensions);
  const names = readAltNames(values.get(OID.subjectAltName));
  const template = readTemplate(values);
  const extension = values.get(OID.securityIdentifier);
  const sid = (extension && decodeSecurityIdentifier(extension)) ?? names.sid;
  return {
    ...(names.upn !== undefined && { upn: names.upn }),
    ...(names.emailAddress !== undefined && { emailAddress: names.emailAddress }),
    ...(template !== undefined && { template }),
    ...(sid !== undefined && { sid }),
    extendedKeyUsage: readPurposes(values.get(OID.extendedKeyUsage)),
    keyUsage: readKeyUsage(values.get(OID.keyUsage)),
    isCa: readIsCa(values.get(OID.basicConstraints)),
  };
}

function valuesByOid(extensions: Asn1Node | undefined): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  for (const extension of extensions ? children(extensions) : []) {
    const parts = children(extension);
    const oid = oidOf(child(extension, 0));
    const value = parts[parts.length - 1];
    if (oid === undefined || value === undefined || value.idBlock.tagNumber !== 4) throw new Error('an extension is broken');
    if (values.has(oid)) throw new Error(`extension ${oid} occurs twice`);
    values.set(oid, contentOf(value));
  }
  return values;
}

/** The later template extension wins: version 1 names are also put in by clients that ask for something. */
function readTemplate(values: Map<string, Buffer>): string | undefined {
  for (const oid of [OID.certificateTemplate, OID.certificateTemplateName]) {
    const value = values.get(oid);
    const template = value && decodeTemplate(oid, value);
    if (template !== undefined) return template;
  }
  return undefined;
}

/** RFC 5280 section 4.2.1.6: [0] otherName, [1] rfc822Name, [6] URI. Other kinds of names are passed over. */
function readAltNames(value: Buffer | undefined): { upn?: string; emailAddress?: string; sid?: string } {
  const found: { upn?: string; emailAddress?: string; sid?: string } = {};
  for (const name of value ? children(parseAsn1(value)) : []) {
    if (isContext(name, 0) && oidOf(child(name, 0)) === OID.userPrincipalName) {
      const upn = textOf(child(child(name, 1), 0));
      if (upn !== undefined) found.upn ??= upn;
    } else if (isContext(name, 1)) {
      found.emailAddress ??= contentOf(name).toString('latin1');
    } else if (isContext(name, 6)) {
      const sid = securityIdentifierOfUri(contentOf(name).toString('latin1'));
      if (sid !== undefined) found.sid ??= sid;
    }
  }
  return found;
}

function readPurposes(value: Buffer | undefined): string[] {
  if (!value) return [];
  return children(parseAsn1(value)).map((node) => {
    const oid = oidOf(node);
    if (oid === undefined) throw new Error('the extended key usage is broken');
    return oid;
  });
}

/** RFC 5280 section 4.2.1.3: a BIT STRING whose first octet counts the unused bits. */
function readKeyUsage(value: Buffer | undefined): string[] {
  if (!value) return [];
  const bits = contentOf(parseAsn1(value)).subarray(1);
  return KEY_USAGES.filter((_, i) => ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0);
}

/** RFC 5280 section 4.2.1.9: cA is a BOOLEAN that is absent when false. */
function readIsCa(value: Buffer | undefined): boolean {
  const first = value && children(parseAsn1(value))[0];
  return first !== undefined && first.idBlock.tagNumber === 1 && contentOf(first)[0] !== 0;
}
