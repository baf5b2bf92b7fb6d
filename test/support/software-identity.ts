/** A ClientIdentity whose key is in memory, in the place of a card's: for tests of what happens round a signature. */
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { ClientIdentity, SignatureScheme, Signer } from '../../src/signer.js';
import { type Issuer, issueCertificate } from '../../src/x509/issue-certificate.js';

const DAY = 24 * 3600 * 1000;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export type SoftwareKind = 'rsa2048' | 'p256' | 'p384' | 'p521';

export interface SoftwareIdentityOptions {
  kind?: SoftwareKind;
  /** False for a card that cannot do RSA-PSS. */
  pss?: boolean;
  /** Runs instead of the signature. */
  signSync?: (sign: () => Uint8Array) => Uint8Array;
  /** The certificate is for this key instead (SubjectPublicKeyInfo, DER). */
  certified?: Buffer;
  /** OIDs; client authentication unless given. */
  extendedKeyUsage?: string[];
  notBefore?: Date;
  notAfter?: Date;
  /** RFC 4514 text; `CN=KIND` unless given. */
  subject?: string;
  upn?: string;
  sid?: string;
}

export interface SoftwareIdentity extends ClientIdentity {
  /** Every signature that was asked for. */
  readonly asked: SignatureScheme[];
}

const keys = new Map<SoftwareKind, KeyObject>();

/** The certificate is from `issuer`. Keys are made once for each kind. */
export function softwareIdentity(issuer: Issuer, options: SoftwareIdentityOptions = {}): SoftwareIdentity {
  const { kind = 'p256', pss = true, signSync = (make: () => Uint8Array) => make() } = options;
  const key = keys.get(kind) ?? newKey(kind);
  keys.set(kind, key);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const asked: SignatureScheme[] = [];
  const make = (data: Uint8Array, scheme: SignatureScheme): Uint8Array => {
    if (scheme.kind !== 'rsa-pss') return sign(scheme.hash, data, key);
    return sign(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength });
  };
  const signer: Signer = {
    publicKey,
    supports: (scheme) => (kind === 'rsa2048' ? scheme === 'rsa-pkcs1' || (scheme === 'rsa-pss' && pss) : scheme === 'ecdsa'),
    sign: async (data, scheme) => make(data, scheme),
    signSync: (data, scheme) => {
      asked.push(scheme);
      return signSync(() => make(data, scheme));
    },
  };
  const certificate = issueCertificate(
    {
      subject: options.subject ?? `CN=${kind}`,
      ...(options.upn === undefined ? {} : { upn: options.upn }),
      ...(options.sid === undefined ? {} : { sid: options.sid }),
      publicKey: options.certified ?? publicKey,
      notBefore: options.notBefore ?? new Date(Date.now() - DAY),
      notAfter: options.notAfter ?? new Date(Date.now() + DAY),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: options.extendedKeyUsage ?? [CLIENT_AUTH],
    },
    issuer,
  );
  return { certificate, signer, asked };
}

function newKey(kind: SoftwareKind): KeyObject {
  if (kind === 'rsa2048') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const namedCurve = { p256: 'P-256', p384: 'P-384', p521: 'P-521' }[kind];
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

/** A card that takes `ms` milliseconds for a signature, for which it blocks the process, as cards do. */
export function slowly(ms: number): NonNullable<SoftwareIdentityOptions['signSync']> {
  return (sign) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
    return sign();
  };
}
