/** The attributes and extensions Microsoft added to requests and certificates (MS-WCCE section 2.2.2.7), encoded and decoded. */
import * as asn1js from 'asn1js';
import { child, children, contentOf, isContext, oidOf, parseAsn1, textOf } from './asn1.js';
import { OID } from './oids.js';

const SID = /^S-1(-\d{1,15}){1,16}$/;
const SID_URI = /^tag:microsoft\.com,2022-09-14:sid:(.+)$/i;
/** ClientIdDefaultRequest: what certreq.exe and the web pages send (MS-WCCE section 2.2.2.7.4). */
const CLIENT_ID_DEFAULT = 9;
/** AT_KEYEXCHANGE: the only key specification that Windows takes for smart card logon. */
const AT_KEYEXCHANGE = 1;

/** Who asks, for those who choose to tell the CA. */
export interface ClientInfo {
  /** Name of the computer. */
  host: string;
  /** Account, as `DOMAIN\user`. */
  user: string;
  /** Name of the program. */
  process: string;
  /** Version of the operating system as four numbers, `10.0.22631.2`; `0.0.0.0` unless given. */
  osVersion?: string;
  /** The cryptographic provider that made the key; Microsoft's smart card provider unless given. */
  provider?: string;
}

/** Certificate Template Name (Enroll), the version 1 template extension: a BMPString. */
export function encodeTemplateName(name: string): ArrayBuffer {
  return new asn1js.BmpString({ value: name }).toBER();
}

/** A user principal name as the value of an otherName: a UTF8String. */
export function encodeUpn(upn: string): ArrayBuffer {
  return new asn1js.Utf8String({ value: upn }).toBER();
}

/** The three request attributes that describe the client: `[OID, value]` each. None of them is needed by a CA. */
export function clientInfoAttributes(info: ClientInfo): [oid: string, value: ArrayBuffer][] {
  const provider = info.provider ?? 'Microsoft Base Smart Card Crypto Provider';
  const utf8 = (value: string) => new asn1js.Utf8String({ value });
  const clientInfo = [new asn1js.Integer({ value: CLIENT_ID_DEFAULT }), utf8(info.host), utf8(info.user), utf8(info.process)];
  const providerInfo = [
    new asn1js.Integer({ value: AT_KEYEXCHANGE }),
    new asn1js.BmpString({ value: provider }),
    new asn1js.BitString({ valueHex: new ArrayBuffer(0) }),
  ];
  return [
    [OID.osVersion, new asn1js.IA5String({ value: info.osVersion ?? '0.0.0.0' }).toBER()],
    [OID.enrollmentProvider, new asn1js.Sequence({ value: providerInfo }).toBER()],
    [OID.clientInfo, new asn1js.Sequence({ value: clientInfo }).toBER()],
  ];
}

/** The template a certificate was made from: the name of a version 1 template, the OID of a later one. Undefined when unreadable. */
export function decodeTemplate(oid: string, value: Uint8Array): string | undefined {
  const node = readable(value);
  if (!node) return undefined;
  return oid === OID.certificateTemplate ? oidOf(children(node)[0] ?? node) : textOf(node);
}

/** The security identifier inside the extension 1.3.6.1.4.1.311.25.2 (an otherName with an OCTET STRING). Undefined when unreadable. */
export function decodeSecurityIdentifier(value: Uint8Array): string | undefined {
  try {
    const entry = child(parseAsn1(value), 0);
    if (!isContext(entry, 0) || oidOf(child(entry, 0)) !== OID.securityIdentifierValue) return undefined;
    const sid = contentOf(child(child(entry, 1), 0)).toString('latin1');
    return SID.test(sid) ? sid : undefined;
  } catch {
    return undefined;
  }
}

/** The security identifier in a SAN URI `tag:microsoft.com,2022-09-14:sid:<SID>`. */
export function securityIdentifierOfUri(uri: string): string | undefined {
  const sid = SID_URI.exec(uri)?.[1];
  return sid !== undefined && SID.test(sid) ? sid : undefined;
}

function readable(value: Uint8Array) {
  try {
    return parseAsn1(value);
  } catch {
    return undefined;
  }
}
