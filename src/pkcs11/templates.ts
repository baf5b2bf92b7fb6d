/** All attribute templates that lyncauth writes or searches with. Must not import native code. */
import type { Template } from './attributes.js';
import { CKA, CKC_X_509, CKK, CKM, CKO } from './cryptoki.js';
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

interface KeySpec {
  type: KeyType;
  id: Buffer;
  label: string;
}

/** Templates for C_GenerateKeyPair: a token key pair whose private half is sensitive and never leaves the card. */
export function keyPairTemplates(key: KeySpec, driver: Pick<DriverProfile, 'omitFromPrivateKey'>): KeyPairTemplates {
  const { publicKey, privateKey } = halves(key, driver);
  if (isEc(key.type)) {
    return {
      mechanism: CKM.EC_KEY_PAIR_GEN,
      publicKey: [...publicKey, { type: CKA.EC_PARAMS, value: CURVES[key.type] }],
      privateKey,
    };
  }
  return {
    mechanism: CKM.RSA_PKCS_KEY_PAIR_GEN,
    publicKey: [...publicKey, { type: CKA.MODULUS_BITS, value: RSA_BITS[key.type] }, { type: CKA.PUBLIC_EXPONENT, value: F4 }],
    privateKey,
  };
}

/**
 * Templates for C_CreateObject of both halves of a key that was made elsewhere; on the card it is like one that was made there.
 * @param values the numbers of each half (PKCS#11 v2.40 mechanisms, sections 2.1.2, 2.1.3, 2.3.3 and 2.3.4)
 */
export function importedKeyTemplates(
  key: KeySpec,
  values: { publicKey: Template; privateKey: Template },
  driver: Pick<DriverProfile, 'omitFromPrivateKey'>,
): Pick<KeyPairTemplates, 'publicKey' | 'privateKey'> {
  const { publicKey, privateKey } = halves(key, driver);
  const kind = { type: CKA.KEY_TYPE, value: isEc(key.type) ? CKK.EC : CKK.RSA };
  return {
    publicKey: [{ type: CKA.CLASS, value: CKO.PUBLIC_KEY }, kind, ...publicKey, ...values.publicKey],
    privateKey: [{ type: CKA.CLASS, value: CKO.PRIVATE_KEY }, kind, ...privateKey, ...values.privateKey],
  };
}

/** What every key pair has. RSA keys may also decrypt, since templates such as SmartcardUser have keyEncipherment; EC keys only sign. */
function halves(key: KeySpec, { omitFromPrivateKey }: Pick<DriverProfile, 'omitFromPrivateKey'>) {
  const decrypts = !isEc(key.type);
  const shared: Template = [
    { type: CKA.TOKEN, value: true },
    { type: CKA.ID, value: key.id },
    { type: CKA.LABEL, value: key.label },
  ];
  const publicKey: Template = [
    ...shared,
    { type: CKA.PRIVATE, value: false },
    { type: CKA.VERIFY, value: true },
    ...(decrypts ? [CKA.ENCRYPT, CKA.WRAP].map((type) => ({ type, value: true })) : []),
  ];
  const privateKey: Template = [
    ...shared,
    { type: CKA.PRIVATE, value: true },
    { type: CKA.SENSITIVE, value: true },
    ...(omitFromPrivateKey.includes('extractable') ? [] : [{ type: CKA.EXTRACTABLE, value: false }]),
    { type: CKA.SIGN, value: true },
    ...(decrypts ? [{ type: CKA.DECRYPT, value: true }] : []),
    ...(decrypts && !omitFromPrivateKey.includes('unwrap') ? [{ type: CKA.UNWRAP, value: true }] : []),
  ];
  return { publicKey, privateKey };
}

function isEc(type: KeyType): type is 'p256' | 'p384' {
  return type === 'p256' || type === 'p384';
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

/** Finds the data object (PKCS#11 v2.40 section 4.5) that says: the PIN is to be changed at first use. */
export function changeMark(): Template {
  return [
    ...objectsOfClass(CKO.DATA),
    { type: CKA.APPLICATION, value: 'lyncauth' },
    { type: CKA.LABEL, value: 'PIN to be changed at first use' },
  ];
}

/** The same object, to be written: seen without a login; what is not said here (modifiable, destroyable) is true by the standard. */
export function changeMarkWith(text: string): Template {
  return [...changeMark(), { type: CKA.PRIVATE, value: false }, { type: CKA.VALUE, value: Buffer.from(text) }];
}
