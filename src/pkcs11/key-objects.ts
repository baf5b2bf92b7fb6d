/** Reads key objects one by one and pairs private with public ones. Must not import native code. */
import { CKA, CKK, CKO } from './cryptoki.js';
import { checkedPublicKey, ecPublicKey, ecType, rsaPublicKey, rsaType } from './public-key.js';
import type { CardSession } from './session.js';
import { objectsOfClass } from './templates.js';
import type { KeyEntry, KeyType } from './types.js';

/** One private or public key object. */
export interface KeyObject {
  handle: Buffer;
  id: Buffer;
  label: string;
  type: KeyType | 'other';
  /** SPKI, DER. */
  publicKey?: Buffer;
  alwaysAuthenticate: boolean;
  canDecrypt: boolean;
}

/** A key pair with the handles of all its objects. */
export interface PairedKey {
  entry: KeyEntry;
  handles: Buffer[];
}

/** All key pairs of the card that this session sees. */
export function readPairedKeys(session: CardSession): PairedKey[] {
  const read = (objectClass: number) =>
    session.find(objectsOfClass(objectClass)).map((handle) => readKeyObject(session, handle, objectClass));
  return session.run('reading the keys', () => pairKeys(read(CKO.PRIVATE_KEY), read(CKO.PUBLIC_KEY)));
}

/** Reads one key object, attribute by attribute: any of them may be missing or hidden. @param objectClass - CKO_PRIVATE_KEY or CKO_PUBLIC_KEY */
export function readKeyObject(session: CardSession, handle: Buffer, objectClass: number): KeyObject {
  const read = (type: number) => session.attribute(handle, type);
  const keyType = read(CKA.KEY_TYPE);
  const isRsa = isKeyType(keyType, CKK.RSA);
  const { type, publicKey } = isRsa ? readRsa(read) : readEc(read, keyType);
  return {
    handle,
    id: read(CKA.ID) ?? Buffer.alloc(0),
    label: read(CKA.LABEL)?.toString('utf8') ?? '',
    type,
    ...(publicKey === undefined ? {} : { publicKey }),
    alwaysAuthenticate: objectClass === CKO.PRIVATE_KEY && isTrue(read(CKA.ALWAYS_AUTHENTICATE)),
    // drivers set CKA_DECRYPT on EC keys too, where it means nothing
    canDecrypt: isRsa && (isTrue(read(CKA.DECRYPT)) || isTrue(read(CKA.UNWRAP))),
  };
}

/**
 * Pairs by public key first; by CKA_ID where the private object does not show its public key, as an EC key need not. Private objects stay alone where
 * the id fits several different public keys.
 */
export function pairKeys(privateKeys: readonly KeyObject[], publicKeys: readonly KeyObject[]): PairedKey[] {
  const left = new Set(publicKeys);
  const byId = groups(publicKeys, idOf);
  const byPublicKey = groups(publicKeys, publicKeyOf);
  const pairs = privateKeys.map((privateKey) => {
    const sameId = (byId.get(idOf(privateKey)) ?? []).filter((mate) => left.has(mate));
    const sameKey = (byPublicKey.get(publicKeyOf(privateKey)) ?? []).filter((mate) => left.has(mate));
    const hidden = sameId.filter(({ publicKey }) => publicKey === undefined);
    const mates = privateKey.publicKey === undefined ? ofOneKey(sameId) : [...sameKey, ...hidden];
    for (const mate of mates) left.delete(mate);
    return paired(privateKey, mates);
  });
  return [...pairs, ...[...left].map((publicKey) => paired(undefined, [publicKey]))];
}

/** Looked up instead of compared one by one: cards may hold hundreds. Objects without what they are grouped by are left out. */
function groups(objects: readonly KeyObject[], by: (object: KeyObject) => string): Map<string, KeyObject[]> {
  const found = new Map<string, KeyObject[]>();
  for (const object of objects) {
    const group = found.get(by(object));
    if (group === undefined) found.set(by(object), [object]);
    else group.push(object);
  }
  found.delete('');
  return found;
}

function idOf({ id }: KeyObject): string {
  return id.toString('hex');
}

function publicKeyOf({ publicKey }: KeyObject): string {
  return publicKey?.toString('hex') ?? '';
}

function ofOneKey(mates: KeyObject[]): KeyObject[] {
  return new Set(mates.map(publicKeyOf)).size === 1 ? mates : [];
}

function paired(privateKey: KeyObject | undefined, publicKeys: KeyObject[]): PairedKey {
  const objects = privateKey === undefined ? publicKeys : [privateKey, ...publicKeys];
  const publicKey = objects.find((object) => object.publicKey !== undefined)?.publicKey;
  const entry: KeyEntry = {
    id: objects.find(({ id }) => id.length > 0)?.id ?? Buffer.alloc(0),
    label: objects.find(({ label }) => label !== '')?.label ?? '',
    type: objects.find(({ type }) => type !== 'other')?.type ?? 'other',
    ...(publicKey === undefined ? {} : { publicKey }),
    alwaysAuthenticate: privateKey?.alwaysAuthenticate ?? false,
    canDecrypt: privateKey?.canDecrypt ?? false,
    hasPrivate: privateKey !== undefined,
    hasPublic: publicKeys.length > 0,
    ...(privateKey === undefined ? {} : { privateHandle: privateKey.handle }),
  };
  return { entry, handles: objects.map(({ handle }) => handle) };
}

type Read = (type: number) => Buffer | undefined;
type PublicPart = { type: KeyType | 'other'; publicKey?: Buffer | undefined };

function readRsa(read: Read): PublicPart {
  const modulus = read(CKA.MODULUS);
  const exponent = read(CKA.PUBLIC_EXPONENT);
  if (modulus === undefined) return { type: 'other' };
  return { type: rsaType(modulus), publicKey: exponent === undefined ? publicKeyInfo(read) : rsaPublicKey(modulus, exponent) };
}

function readEc(read: Read, keyType: Buffer | undefined): PublicPart {
  const params = isKeyType(keyType, CKK.EC) ? read(CKA.EC_PARAMS) : undefined;
  if (params === undefined) return { type: 'other' };
  const point = read(CKA.EC_POINT);
  return { type: ecType(params), publicKey: point === undefined ? publicKeyInfo(read) : ecPublicKey(params, point) };
}

/** CKA_PUBLIC_KEY_INFO holds the SPKI itself where a driver has it (PKCS#11 v2.40 section 4.9). */
function publicKeyInfo(read: Read): Buffer | undefined {
  const info = read(CKA.PUBLIC_KEY_INFO);
  return info === undefined ? undefined : checkedPublicKey(info);
}

/** CK_ULONG in the machine's order: 4 bytes on Windows, 8 elsewhere; its low half is enough for these numbers. */
function isKeyType(value: Buffer | undefined, type: number): boolean {
  return value !== undefined && value.length >= 4 && value.readUInt32LE(0) === type;
}

function isTrue(value: Buffer | undefined): boolean {
  return value !== undefined && value.length > 0 && value[0] !== 0;
}
