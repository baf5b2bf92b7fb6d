/** Writes a key pair that was made elsewhere onto the card. Must not import native code. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { Template } from './attributes.js';
import { CKA } from './cryptoki.js';
import { isCkr, KIND_REFUSED } from './errors.js';
import { destroyKeyPair, findKey } from './keys.js';
import type { CardSession } from './session.js';
import { CURVES, importedKeyTemplates } from './templates.js';
import type { KeyEntry, KeyType } from './types.js';

const CURVE_TYPES: Readonly<Record<string, 'p256' | 'p384'>> = { prime256v1: 'p256', secp384r1: 'p384' };

/** The type of a key in memory; `other` for what lyncauth puts on no card. */
export function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | 'other' {
  if (asymmetricKeyType === 'ec') return CURVE_TYPES[asymmetricKeyDetails?.namedCurve ?? ''] ?? 'other';
  const bits = asymmetricKeyType === 'rsa' ? asymmetricKeyDetails?.modulusLength : undefined;
  return bits === 2048 || bits === 3072 || bits === 4096 ? `rsa${bits}` : 'other';
}

/**
 * Writes `key`, public half first: what an interruption leaves of it then shows its public key, and can be found again by it. When something fails, what
 * was written is removed. The session must be read-write and logged in.
 * @param key a private key: RSA of 2048, 3072 or 4096 bits, or EC on P-256 or P-384
 * @param spec CKA_ID (1 to 255 bytes, on the card already only under the same key) and CKA_LABEL for both halves
 * @throws LyncauthError CARD_UNSUPPORTED for another kind of key, and when the driver takes none; CARD_FAILED when the card would give the key away again; CARD_FULL, CARD_REMOVED and the like
 */
export function importKeyPair(session: CardSession, key: KeyObject, spec: { id: Buffer; label: string }): KeyEntry {
  const type = keyTypeOf(key);
  if (type === 'other') throw new LyncauthError('CARD_UNSUPPORTED', 'lyncauth puts no key of this kind on a card');
  const templates = importedKeyTemplates({ ...spec, type }, type.startsWith('rsa') ? rsaValues(key) : ecValues(key), session.driver);
  const written: Buffer[] = [];
  const write = (template: Template): Buffer => {
    const handle = session.create('key import', template);
    written.push(handle);
    return handle;
  };
  try {
    write(templates.publicKey);
    assertKept(session, write(templates.privateKey));
    const entry = findKey(session, spec.id);
    if (entry?.hasPrivate !== true) throw new LyncauthError('CARD_FAILED', 'the card does not show the key that it was given');
    return { ...entry, publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }) };
  } catch (error) {
    throw removed(session, spec.id, isRefusal(error) ? refused(session, error) : error, written);
  }
}

/** That the driver takes no key from outside. */
function isRefusal(error: unknown): error is LyncauthError {
  return isCkr(error, ...KIND_REFUSED);
}

function refused({ card, driver }: CardSession, cause: LyncauthError): LyncauthError {
  const message = `card "${card.label}" takes no key that was made elsewhere (driver ${driver.name}, ${cause.details.ckr})`;
  const hint = 'have the card make its key: lyncauth enroll';
  return new LyncauthError('CARD_UNSUPPORTED', message, { hint, details: cause.details, cause });
}

/**
 * Takes the key pair `id` off the card after `reason`.
 * @param written - the objects of it that are known: a driver may have given them another id
 * @returns `reason`, which says so when the key, or a part of it, could not be removed
 */
export function removed(session: CardSession, id: Buffer, reason: unknown, written: readonly Buffer[] = []): unknown {
  try {
    const gone = written.filter((handle) => session.destroy('removing the key', handle));
    // the card may hold an object all the same whose writing failed
    destroyKeyPair(session, id);
    if (gone.length === written.length) return reason;
  } catch {
    // told below
  }
  if (!isLyncauthError(reason)) return reason;
  const { code, message, hint, details } = reason;
  const more = `${message}; what was written of the key ${id.toString('hex')} may still be on the card, the same import goes on with it`;
  return new LyncauthError(code, more, { hint, details, cause: reason });
}

/** A driver may take a template and not do what it says. One that does not tell is believed. */
function assertKept(session: CardSession, privateKey: Buffer): void {
  const is = (type: number, value: number) => session.attribute(privateKey, type)?.[0] === value;
  if (is(CKA.SENSITIVE, 0) || is(CKA.EXTRACTABLE, 1))
    throw new LyncauthError('CARD_FAILED', 'the card would give the key away again: it was not kept there');
}

function rsaValues(key: KeyObject): { publicKey: Template; privateKey: Template } {
  const { n, e, d, p, q, dp, dq, qi } = key.export({ format: 'jwk' });
  const publicKey = [number(CKA.MODULUS, n), number(CKA.PUBLIC_EXPONENT, e)];
  const crt = [number(CKA.PRIME_1, p), number(CKA.PRIME_2, q), number(CKA.EXPONENT_1, dp), number(CKA.EXPONENT_2, dq)];
  return { publicKey, privateKey: [...publicKey, number(CKA.PRIVATE_EXPONENT, d), ...crt, number(CKA.COEFFICIENT, qi)] };
}

/** CKA_EC_POINT is an uncompressed point in an OCTET STRING. */
function ecValues(key: KeyObject): { publicKey: Template; privateKey: Template } {
  const { crv, x, y, d } = key.export({ format: 'jwk' });
  const params = { type: CKA.EC_PARAMS, value: crv === 'P-256' ? CURVES.p256 : CURVES.p384 };
  const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]);
  const octetString = Buffer.concat([Buffer.of(4, point.length), point]);
  return { publicKey: [params, { type: CKA.EC_POINT, value: octetString }], privateKey: [params, number(CKA.VALUE, d)] };
}

function number(type: number, value: string | undefined): Template[number] {
  return { type, value: bytes(value) };
}

/** @param value base64url, as JSON Web Keys have it (RFC 7518 section 6) */
function bytes(value: string | undefined): Buffer {
  if (value === undefined || value === '') throw new LyncauthError('CARD_UNSUPPORTED', 'the key lacks numbers that a card needs');
  return Buffer.from(value, 'base64url');
}
