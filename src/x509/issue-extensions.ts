/** The extensions of the certificates the practice organisation issues, those of Windows smart card logon among them. Reads none. */
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn1 from '@peculiar/asn1-x509';
import * as microsoft from '@peculiar/asn1-x509-microsoft';
import * as asn1js from 'asn1js';

const UPN = '1.3.6.1.4.1.311.20.2.3';
const NTDS_SECURITY_EXTENSION = '1.3.6.1.4.1.311.25.2';
const NTDS_OBJECT_SID = '1.3.6.1.4.1.311.25.2.1';
const CONTEXT_TAG = 3;

export type IssuedKeyUsage = 'digitalSignature' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign';

/** How a certificate names its template: the name (schema version 1) or the object identifier with its version ([MS-WCCE] section 2.2.2.7.7). */
export type IssuedTemplate = { readonly name: string } | { readonly oid: string; readonly major: number; readonly minor: number };

export interface ExtensionContent {
  readonly isCa?: boolean;
  readonly keyUsage?: readonly IssuedKeyUsage[];
  /** OIDs. */
  readonly extendedKeyUsage?: readonly string[];
  readonly upn?: string;
  readonly email?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Security identifier of the account, `S-1-5-…`: the strong mapping of KB5014754. */
  readonly sid?: string;
  readonly template?: IssuedTemplate;
  /** Where the list of revoked certificates is to be had. */
  readonly crlUrl?: string;
  /** Where the issuer's certificate is to be had. */
  readonly issuerUrl?: string;
}

/**
 * The extensions for `content` (RFC 5280 section 4.2).
 *
 * @param subjectKeyId - key identifier of the certificate's own key.
 * @param authorityKeyId - key identifier of the issuer's key.
 */
export function buildExtensions(content: ExtensionContent, subjectKeyId: ArrayBuffer, authorityKeyId: ArrayBuffer): asn1.Extension[] {
  const names = alternativeNames(content);
  const usage = content.keyUsage?.reduce((bits, name) => bits | asn1.KeyUsageFlags[name], 0);
  return [
    ...(content.isCa === true ? [extension(asn1.id_ce_basicConstraints, new asn1.BasicConstraints({ cA: true }), true)] : []),
    ...(usage === undefined ? [] : [extension(asn1.id_ce_keyUsage, new asn1.KeyUsage(usage), true)]),
    extension(asn1.id_ce_subjectKeyIdentifier, new asn1.SubjectKeyIdentifier(subjectKeyId)),
    extension(asn1.id_ce_authorityKeyIdentifier, authorityKeyIdentifier(authorityKeyId)),
    ...(content.extendedKeyUsage === undefined
      ? []
      : [extension(asn1.id_ce_extKeyUsage, new asn1.ExtendedKeyUsage([...content.extendedKeyUsage]))]),
    ...(names.length === 0 ? [] : [extension(asn1.id_ce_subjectAltName, new asn1.SubjectAlternativeName(names))]),
    ...templateExtensions(content),
    ...(content.sid === undefined ? [] : [rawExtension(NTDS_SECURITY_EXTENSION, sidSequence(content.sid))]),
    ...(content.crlUrl === undefined ? [] : [extension(asn1.id_ce_cRLDistributionPoints, distributionPoints(content.crlUrl))]),
    ...(content.issuerUrl === undefined ? [] : [extension(asn1.id_pe_authorityInfoAccess, issuerAccess(content.issuerUrl))]),
  ];
}

/** By key identifier only (RFC 5280 section 4.2.1.1). */
export function authorityKeyIdentifier(keyId: ArrayBuffer): asn1.AuthorityKeyIdentifier {
  return new asn1.AuthorityKeyIdentifier({ keyIdentifier: new asn1.KeyIdentifier(keyId) });
}

/** An extension holding the DER form of `value`, an object of the ASN.1 schema. */
export function extension(oid: string, value: unknown, critical = false): asn1.Extension {
  return rawExtension(oid, AsnConvert.serialize(value), critical);
}

function rawExtension(extnID: string, der: ArrayBuffer, critical = false): asn1.Extension {
  return new asn1.Extension({ extnID, critical, extnValue: new OctetString(der) });
}

function alternativeNames(content: ExtensionContent): asn1.GeneralName[] {
  const upn = content.upn === undefined ? [] : [new asn1.GeneralName({ otherName: userPrincipalName(content.upn) })];
  const email = content.email === undefined ? [] : [new asn1.GeneralName({ rfc822Name: content.email })];
  const dns = (content.dnsNames ?? []).map((dNSName) => new asn1.GeneralName({ dNSName }));
  const ip = (content.ipAddresses ?? []).map((iPAddress) => new asn1.GeneralName({ iPAddress }));
  return [...upn, ...email, ...dns, ...ip];
}

function userPrincipalName(upn: string): asn1.OtherName {
  return new asn1.OtherName({ typeId: UPN, value: new asn1js.Utf8String({ value: upn }).toBER() });
}

/** Version 1 templates are named by 1.3.6.1.4.1.311.20.2; later ones by 21.7, and repeat their purposes as application policies. */
function templateExtensions(content: ExtensionContent): asn1.Extension[] {
  const template = content.template;
  if (template === undefined) return [];
  if ('name' in template) return [rawExtension(microsoft.id_enrollCertType, new asn1js.BmpString({ value: template.name }).toBER())];
  const reference = new microsoft.CertificateTemplate({
    templateID: template.oid,
    templateMajorVersion: template.major,
    templateMinorVersion: template.minor,
  });
  const policies = (content.extendedKeyUsage ?? []).map((policyIdentifier) => new asn1.PolicyInformation({ policyIdentifier }));
  return [
    extension(microsoft.id_certificateTemplate, reference),
    extension(microsoft.id_certificateApplicationPolicies, new microsoft.CertificateApplicationPolicies(policies)),
  ];
}

/** szOID_NTDS_CA_SECURITY_EXT ([MS-WCCE] section 2.2.2.7.7.4): an otherName whose value is the SID as text in an OCTET STRING. */
function sidSequence(sid: string): ArrayBuffer {
  const text = new asn1js.OctetString({ valueHex: new Uint8Array(Buffer.from(sid, 'ascii')) });
  const explicit = new asn1js.Constructed({ idBlock: { tagClass: CONTEXT_TAG, tagNumber: 0 }, value: [text] });
  const type = new asn1js.ObjectIdentifier({ value: NTDS_OBJECT_SID });
  const otherName = new asn1js.Constructed({ idBlock: { tagClass: CONTEXT_TAG, tagNumber: 0 }, value: [type, explicit] });
  return new asn1js.Sequence({ value: [otherName] }).toBER();
}

function distributionPoints(url: string): asn1.CRLDistributionPoints {
  const distributionPoint = new asn1.DistributionPointName({ fullName: [new asn1.GeneralName({ uniformResourceIdentifier: url })] });
  return new asn1.CRLDistributionPoints([new asn1.DistributionPoint({ distributionPoint })]);
}

function issuerAccess(url: string): asn1.AuthorityInfoAccessSyntax {
  const accessLocation = new asn1.GeneralName({ uniformResourceIdentifier: url });
  return new asn1.AuthorityInfoAccessSyntax([new asn1.AccessDescription({ accessMethod: asn1.id_ad_caIssuers, accessLocation })]);
}
