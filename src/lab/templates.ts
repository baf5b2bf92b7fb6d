/** The certificate templates of the practice organisation. Data only. */
import type { IssuedKeyUsage, IssuedTemplate } from '../x509/issue-extensions.js';

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4';
const SMART_CARD_LOGON = '1.3.6.1.4.1.311.20.2.2';
const TEMPLATE_ARC = '1.3.6.1.4.1.311.21.8.46.46.46';

export interface CertificateTemplate {
  /** The common name, which requests use. */
  readonly name: string;
  /** What people see; not accepted in a request. */
  readonly displayName: string;
  /** Template extension of the certificates: the name (version 1), or OID and version. */
  readonly reference: IssuedTemplate;
  readonly extendedKeyUsage: readonly string[];
  readonly keyUsage: readonly IssuedKeyUsage[];
  /** The account's mail address goes into the certificate; accounts without one are denied. */
  readonly needsEmail: boolean;
  /** Requests wait for a certificate manager. */
  readonly needsApproval: boolean;
}

export const templates: readonly CertificateTemplate[] = [
  {
    name: 'SmartcardUser',
    displayName: 'Smartcard User',
    reference: { name: 'SmartcardUser' },
    extendedKeyUsage: [EMAIL_PROTECTION, CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    needsEmail: true,
    needsApproval: false,
  },
  {
    name: 'SmartcardLogon',
    displayName: 'Smartcard Logon',
    reference: { name: 'SmartcardLogon' },
    extendedKeyUsage: [CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    needsEmail: false,
    needsApproval: false,
  },
  {
    name: 'SmartcardUserApproval',
    displayName: 'Smartcard User (approval)',
    reference: { oid: `${TEMPLATE_ARC}.1`, major: 100, minor: 2 },
    extendedKeyUsage: [EMAIL_PROTECTION, CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    needsEmail: true,
    needsApproval: true,
  },
  {
    name: 'SmartcardSignIn',
    displayName: 'Smartcard Sign-in only',
    reference: { oid: `${TEMPLATE_ARC}.2`, major: 100, minor: 1 },
    extendedKeyUsage: [CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
    keyUsage: ['digitalSignature'],
    needsEmail: false,
    needsApproval: false,
  },
];

/** The template whose common name is `name`, exactly as written. */
export function findTemplate(name: string): CertificateTemplate | undefined {
  return templates.find((template) => template.name === name);
}
