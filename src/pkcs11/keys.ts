/** Key pairs on the card: list, make, find, remove. Must not import native code. */
import { randomBytes } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { checkedTemplate } from './attributes.js';
import { CKO } from './cryptoki.js';
import { type PairedKey, pairKeys, readKeyObject, readPairedKeys } from './key-objects.js';
import type { CardSession } from './session.js';
import { keyPairTemplates } from './templates.js';
import type { KeyEntry, KeyType } from './types.js';

/** A random CKA_ID: 16 bytes. */
export function newKeyId(): Buffer {
  return randomBytes(16);
}

/** All key pairs that this session sees: before login often the public halves only. Private and public objects are paired by public key, then CKA_ID. */
export function listKeys(session: CardSession): KeyEntry[] {
  return readPairedKeys(session).map(({ entry }) => entry);
}

/** The key pair with this CKA_ID; one with a private half is preferred. */
export function findKey(session: CardSession, id: Buffer): KeyEntry | undefined {
  const same = listKeys(session).filter((key) => key.id.equals(id));
  return same.find((key) => key.hasPrivate) ?? same[0];
}

/**
 * Makes a key pair on the card, off the main thread. The session must be read-write and logged in.
 * @param spec CKA_ID (1 to 255 bytes) and CKA_LABEL for both halves
 * @throws CARD_UNSUPPORTED for a type the card does not have, CARD_FULL, NEEDS_SECURITY_OFFICER, CARD_REMOVED and the like
 */
export function generateKeyPair(session: CardSession, spec: { type: KeyType; id: Buffer; label: string }): Promise<KeyEntry> {
  assertId(spec.id);
  const templates = keyPairTemplates(spec, session.driver);
  const publicTemplate = checkedTemplate(templates.publicKey);
  const privateTemplate = checkedTemplate(templates.privateKey);
  return session.exclusive(async () => {
    session.tokenInfo();
    const mechanism = { mechanism: templates.mechanism };
    const held = [mechanism, publicTemplate, privateTemplate];
    const handles = await session.runAsync('key generation', held, (lib, handle) =>
      lib.C_GenerateKeyPairAsync(handle, mechanism, publicTemplate, privateTemplate),
    );
    return session.run('reading the new key', () => {
      const privateKey = readKeyObject(session, handles.privateKey, CKO.PRIVATE_KEY);
      const [pair] = pairKeys([privateKey], [readKeyObject(session, handles.publicKey, CKO.PUBLIC_KEY)]);
      if (pair === undefined) throw new LyncauthError('CARD_FAILED', 'the card made no key');
      return pair.entry;
    });
  });
}

/**
 * Removes the key objects with this CKA_ID, private and public; nothing else, and nothing when they are gone already.
 * @param publicKey SPKI, DER: removes only the pair with this key
 * @returns how many objects were removed
 * @throws CARD_UNSUPPORTED when several keys have this id and the driver does not tell which private one belongs to `publicKey`
 */
export function destroyKeyPair(session: CardSession, id: Buffer, publicKey?: Buffer): number {
  assertId(id);
  return session.run('removing the key', () => {
    const sameId = readPairedKeys(session).filter(({ entry }) => entry.id.equals(id));
    const wanted = publicKey === undefined ? sameId : withPublicKey(sameId, publicKey);
    return wanted.flatMap(({ handles }) => handles).filter((handle) => session.destroy('removing the key', handle)).length;
  });
}

function withPublicKey(sameId: PairedKey[], publicKey: Buffer): PairedKey[] {
  const hidden = sameId.filter(({ entry }) => entry.publicKey === undefined);
  if (hidden.length > 0 && sameId.length > 1) {
    throw new LyncauthError('CARD_UNSUPPORTED', 'several keys on the card have one id, and the driver does not tell which is which');
  }
  return sameId.filter(({ entry }) => entry.publicKey === undefined || entry.publicKey.equals(publicKey));
}

function assertId(id: Buffer): void {
  if (!Buffer.isBuffer(id) || id.length === 0 || id.length > 255)
    throw new LyncauthError('INTERNAL', 'a CKA_ID is a Buffer of 1 to 255 bytes');
}
