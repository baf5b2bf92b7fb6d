/** The attributes of a certification request: what is asked of the CA, and what it is told about the client. */
import { Attributes } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  Attribute,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  KeyUsage,
  KeyUsageFlags,
  OtherName,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import { type ClientInfo, clientInfoAttributes, encodeTemplateName, encodeUpn } from './microsoft.js';
import { OID } from './oids.js';

export interface RequestContent {
  /** User principal name for the subject alternative name. */
  upn?: string | undefined;
  emailAddress?: string | undefined;
  /** Common name of the certificate template, such as SmartcardUser. */
  template?: string | undefined;
  /** Sent only when given, since the CA keeps it: the names of computer, account and program. */
  clientInfo?: ClientInfo | undefined;
}

/** extensionRequest (RFC 2985 section 5.4.2), and the client's description if it may be told. */
export function requestAttributes(content: RequestContent, kind: 'rsa' | 'ec'): Attributes {
  const list = [new Attribute({ type: OID.extensionRequest, values: [AsnConvert.serialize(extensions(content, kind))] })];
  for (const [type, value] of content.clientInfo ? clientInfoAttributes(content.clientInfo) : []) {
    list.push(new Attribute({ type, values: [value] }));
  }
  return new Attributes(list);
}

/** Only an RSA key can encipher a key, so only it asks for that. */
function extensions({ upn, emailAddress, template }: RequestContent, kind: 'rsa' | 'ec'): Extensions {
  const names: GeneralName[] = [];
  if (upn !== undefined)
    names.push(new GeneralName({ otherName: new OtherName({ typeId: OID.userPrincipalName, value: encodeUpn(upn) }) }));
  if (emailAddress !== undefined) names.push(new GeneralName({ rfc822Name: emailAddress }));
  const usage = kind === 'rsa' ? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment : KeyUsageFlags.digitalSignature;
  const list = [
    extension(OID.keyUsage, true, AsnConvert.serialize(new KeyUsage(usage))),
    extension(OID.extendedKeyUsage, false, AsnConvert.serialize(new ExtendedKeyUsage([OID.clientAuth, OID.smartcardLogon]))),
  ];
  if (names.length > 0) list.push(extension(OID.subjectAltName, false, AsnConvert.serialize(new SubjectAlternativeName(names))));
  if (template !== undefined) list.push(extension(OID.certificateTemplateName, false, encodeTemplateName(template)));
  return new Extensions(list);
}

function extension(extnID: string, critical: boolean, value: ArrayBuffer): Extension {
  const built = new Extension({ extnID, critical });
  built.extnValue.buffer = value;
  return built;
}
