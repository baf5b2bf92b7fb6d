/** All attribute templates that lyncauth writes or searches with. Must not import native code. */
import type { Template } from './attributes.js';
import { CKA, CKC_X_509, CKM, CKO } from './cryptoki.js';
import type { DriverProfile, KeyType } from './types.js';

/** Named curves, DER (RFC 5480 section 2.1.1.1). */
export const CURVES = {
  p256: Buffer.from('06082a8648ce3d030107', 'hex'),
  p384: Buffer.from('06052b81040022', 'hex'),
} as const;

const RSA_BITS = { rsa2048: 2048, rsa3072: 3072, rsa4096: 4096 } as const;
const F4 = Buffer.from([1, 0, 1]);

export interface KeyPairTemplates {
  mechanism: number;
  publicKey: Template;
  privateKey: Template;
}

/**
 * Templates for C_GenerateKeyPair: a token key pair whose private half is sensitive and never leaves the card.
 * RSA keys may also decrypt, since templates such as SmartcardUser have keyEncipherment; EC keys only sign.
 */
export function keyPairTemplates(
  key: { type: KeyType; id: Buffer; label: string },
  driver: Pick<DriverProfile, 'omitFromPrivateKey'>,
): KeyPairTemplates {
  const shared: Template = [
    { type: CKA.TOKEN, value: true },
    { type: CKA.ID, value: key.id },
    { type: CKA.LABEL, value: key.label },
  ];
  const secret: Template = [
    { type: CKA.PRIVATE, value: true },
    { type: CKA.SENSITIVE, value: true },
    ...(driver.omitFromPrivateKey.includes('extractable') ? [] : [{ type: CKA.EXTRACTABLE, value: false }]),
    { type: CKA.SIGN, value: true },
  ];
  const open: Template = [
    { type: CKA.PRIVATE, value: false },
    { type: CKA.VERIFY, value: true },
  ];
  if (key.type === 'p256' || key.type === 'p384') {
    return {
      mechanism: CKM.EC_KEY_PAIR_GEN,
      publicKey: [...shared, ...open, { type: CKA.EC_PARAMS, value: CURVES[key.type] }],
      privateKey: [...shared, ...secret],
    };
  }
  return {
    mechanism: CKM.RSA_PKCS_KEY_PAIR_GEN,
    publicKey: [
      ...shared,
      ...open,
      { type: CKA.ENCRYPT, value: true },
      { type: CKA.WRAP, value: true },
      { type: CKA.MODULUS_BITS, value: RSA_BITS[key.type] },
      { type: CKA.PUBLIC_EXPONENT, value: F4 },
    ],
    privateKey: [
      ...shared,
      ...secret,
      { type: CKA.DECRYPT, value: true },
      ...(driver.omitFromPrivateKey.includes('unwrap') ? [] : [{ type: CKA.UNWRAP, value: true }]),
    ],
  };
}

export interface CertificateTemplateParts {
  /** Certificate, DER. */
  der: Buffer;
  /** Name, DER. */
  subject: Buffer;
  /** Name, DER. */
  issuer: Buffer;
  /** INTEGER, DER. */
  serialNumber: Buffer;
  id: Buffer;
  label: string;
}

/** Template of an X.509 certificate object (PKCS#11 v2.40 section 4.6.3), with the optional attributes by which NSS and OpenSC find it. */
export function certificateTemplate(certificate: CertificateTemplateParts): Template {
  return [
    { type: CKA.CLASS, value: CKO.CERTIFICATE },
    { type: CKA.CERTIFICATE_TYPE, value: CKC_X_509 },
    { type: CKA.TOKEN, value: true },
    { type: CKA.PRIVATE, value: false },
    { type: CKA.LABEL, value: certificate.label },
    { type: CKA.ID, value: certificate.id },
    { type: CKA.SUBJECT, value: certificate.subject },
    { type: CKA.ISSUER, value: certificate.issuer },
    { type: CKA.SERIAL_NUMBER, value: certificate.serialNumber },
    { type: CKA.VALUE, value: certificate.der },
  ];
}

/** Finds token objects of one class. */
export function objectsOfClass(objectClass: number): Template {
  return [
    { type: CKA.CLASS, value: objectClass },
    { type: CKA.TOKEN, value: true },
  ];
}

/** Finds X.509 certificates. */
export function x509Certificates(): Template {
  return [...objectsOfClass(CKO.CERTIFICATE), { type: CKA.CERTIFICATE_TYPE, value: CKC_X_509 }];
}
