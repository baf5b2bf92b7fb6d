/** A card's key in the form TLS takes: a PEM text that names it, while every signature is made by the card. Never for createPrivateKey. */
import { randomBytes } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { loadNative, type Native, type PublicKeyParts, type SignRequest } from '../native.js';
import type { ClientIdentity, HashName, SignatureScheme, Signer } from '../signer.js';
import { readCardCertificate } from './card-certificate.js';
import { whileCardWorks } from './limit.js';

/** `cert` and `key` go to https, tls and whatever else passes them on to tls.createSecureContext(). */
export interface CardKey {
  /** PEM. */
  readonly cert: string;
  /** PEM, for TLS only: some versions of Node end the process when createPrivateKey() looks into such a key. */
  readonly key: string;
  /** How many signatures were made. */
  readonly signatures: number;
  /** What the signer threw last; undefined after a signature was made. The handshake's own error says only that it failed. */
  readonly failure: unknown;
  /** Forgets the key, also while a connection still holds it: it cannot sign any more. */
  dispose(): void;
}

export interface CardKeyOptions {
  /** Runs right before the card signs; when it throws, the card does not. */
  beforeSigning?: (() => void) | undefined;
  now?: Date;
}

/**
 * Makes the key of `identity` known to TLS. It signs on the main thread, synchronously, so a PIN must have been given before.
 *
 * @throws LyncauthError KEY_MISMATCH when the certificate is for another key; CERTIFICATE_EXPIRED when it is not valid now; CARD_UNSUPPORTED for
 *   keys other than RSA, P-256, P-384 and P-521; ADDON_MISSING.
 */
export function createCardKey(identity: ClientIdentity, { beforeSigning, now = new Date() }: CardKeyOptions = {}): CardKey {
  const { signer } = identity;
  const { pem, parts } = readCardCertificate(identity.certificate, signer.publicKey, now);
  const native = loadNative();
  const id = randomBytes(16).toString('hex');
  let signatures = 0;
  let failure: unknown;
  const sign = (request: SignRequest): Uint8Array => {
    try {
      const scheme = schemeOf(parts.type, request);
      beforeSigning?.();
      const signature = checked(
        whileCardWorks(() => signer.signSync(request.data, scheme)),
        parts,
      );
      signatures += 1;
      failure = undefined;
      return signature;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  addKey(native, id, parts, sign);
  return {
    cert: pem,
    key: cardKeyPem(id),
    get signatures() {
      return signatures;
    },
    get failure() {
      return failure;
    },
    dispose: () => void native.removeKey(id),
  };
}

/** The text that the addon's decoder recognises. `id`: 1 to 64 of a-z and 0-9. */
export function cardKeyPem(id: string): string {
  return `-----BEGIN LYNCAUTH CARD KEY-----\n${id}\n-----END LYNCAUTH CARD KEY-----\n`;
}

/** Whether the key can authenticate under TLS 1.2 only: TLS 1.3 has no other RSA signature than PSS (RFC 8446 section 4.2.3). */
export function needsTls12(signer: Signer): boolean {
  return signer.supports('rsa-pkcs1') && !signer.supports('rsa-pss');
}

const HASHES: Readonly<Record<string, HashName>> = { SHA1: 'sha1', SHA256: 'sha256', SHA384: 'sha384', SHA512: 'sha512' };

/** OpenSSL writes SHA256, SHA2-256 or SHA-256, as the caller of its library did. */
function schemeOf(type: PublicKeyParts['type'], { digest, padding, saltLength }: SignRequest): SignatureScheme {
  const hash = HASHES[digest.toUpperCase().replace('SHA2-', 'SHA').replace('SHA-', 'SHA')];
  if (hash !== undefined && type === 'EC') return { kind: 'ecdsa', hash };
  if (hash !== undefined && padding === 'pkcs1') return { kind: 'rsa-pkcs1', hash };
  if (hash !== undefined && padding === 'pss') return { kind: 'rsa-pss', hash, saltLength };
  throw new LyncauthError('CARD_UNSUPPORTED', `the server wants a signature that cards do not make (${digest}, ${padding})`, {
    hint: 'ask who runs the server to allow TLS 1.2 or later with SHA-256',
  });
}

/** A signature has as many bytes as the modulus, or is two DER integers (RFC 3279 section 2.2.3). OpenSSL would only say that signing failed. */
function checked(signature: Uint8Array, parts: PublicKeyParts): Uint8Array {
  const fits =
    parts.type === 'RSA' ? signature.length === parts.modulus.length : signature[0] === 0x30 && signature.length <= parts.point.length + 8;
  if (fits) return signature;
  throw new LyncauthError('CARD_FAILED', `the card returned ${signature.length} bytes that are no signature`, {
    hint: 'take the card out, put it back and try again',
  });
}

function addKey(native: Native, id: string, parts: PublicKeyParts, sign: (request: SignRequest) => Uint8Array): void {
  try {
    native.addKey(id, parts, sign);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new LyncauthError('ADDON_MISSING', `the addon that lets TLS use the card does not work with this Node: ${text}`, {
      hint: 'use Node from nodejs.org, version 20 or later',
      cause,
    });
  }
}
