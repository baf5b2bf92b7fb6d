/** The key pair of an enrollment: made on the card under an id that the journal knows first, or one that the card holds. */
import { LyncauthError } from '../errors.js';
import { destroyKeyPair, findKey, generateKeyPair, listKeys, newKeyId } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import { createSigner } from '../pkcs11/signer.js';
import type { KeyEntry, KeyType } from '../pkcs11/types.js';
import type { Signer } from '../signer.js';
import type { EnrollmentRecord } from './journal.js';
import { assertOwnKey, makeKeyInSlot } from './slot-key.js';
import type { EnrollmentTools } from './tools.js';

const KEY_NAMES: Record<KeyType, string> = { rsa2048: 'RSA 2048', rsa3072: 'RSA 3072', rsa4096: 'RSA 4096', p256: 'P-256', p384: 'P-384' };

/**
 * Makes the key pair of `record`, or finds the one it names.
 * @throws LyncauthError KEY_NOT_FOUND when the plan's existing key is not on the card
 */
export async function makeKey(record: EnrollmentRecord, tools: EnrollmentTools): Promise<EnrollmentKeyPair> {
  const { session, journal, progress } = tools;
  const { plan } = record;
  const step = (generate: () => Promise<KeyEntry>) => progress.step(`the card makes a new key pair (${KEY_NAMES[plan.keyType]})`, generate);
  if (plan.existingKey !== undefined) {
    const key = withSigner(keyOnCard(session, plan.existingKey), tools);
    journal.advance(record, 'key-made', { keyId: plan.existingKey });
    return key;
  }
  if (plan.slot !== undefined) return withSigner(await makeKeyInSlot(record, plan.slot, tools, step), tools);
  if (record.step === 'making-key' && record.keyId !== undefined) clearUnfinished(Buffer.from(record.keyId, 'hex'), tools);
  const id = newKeyId();
  journal.advance(record, 'making-key', { keyId: id.toString('hex') });
  const entry = await step(() => generateKeyPair(session, { type: plan.keyType, id, label: plan.name })).catch((error) => {
    backToPlan(record, tools);
    throw error;
  });
  journal.advance(record, 'key-made');
  return withSigner(entry, tools);
}

/** Removes what an interrupted generation left under `id`; drawn at random, nothing else can bear it. What bears no id may be anybody's, and stays. */
function clearUnfinished(id: Buffer, { session, progress }: EnrollmentTools): void {
  destroyKeyPair(session, id);
  if (!listKeys(session).some((key) => key.id.length === 0 && key.label === '')) return;
  const { label } = session.tokenInfo();
  progress.warn(`card "${label}" holds a key without an id and a label: the driver may have left it when the earlier run was ended`);
}

/** The card made no key: what is left of one goes, so that another kind can be asked for. A card that is gone is the next run's business. */
function backToPlan(record: EnrollmentRecord, { session, journal }: EnrollmentTools): void {
  try {
    destroyKeyPair(session, Buffer.from(record.keyId ?? '', 'hex'));
  } catch {
    return;
  }
  journal.advance(record, record.pinChanged ? 'pin-changed' : 'planned');
}

/** The key of an enrollment on the card. */
export interface EnrollmentKeyPair {
  readonly entry: KeyEntry;
  readonly signer: Signer;
}

/** Finds the key that an earlier run made for `record`. @throws LyncauthError KEY_NOT_FOUND */
export function openKey(record: EnrollmentRecord, tools: EnrollmentTools): EnrollmentKeyPair {
  assertOwnKey(record, tools.session);
  return withSigner(keyOnCard(tools.session, record.keyId ?? ''), tools);
}

/** While the security officer is logged in, a key signs only for the user's PIN, given for each signature. */
function withSigner(entry: KeyEntry, { session, contextPin }: EnrollmentTools): EnrollmentKeyPair {
  const alwaysAuthenticate = entry.alwaysAuthenticate || session.driver.createAs === 'so';
  return { entry, signer: createSigner(session, { ...entry, alwaysAuthenticate }, { contextPin }) };
}

function keyOnCard(session: CardSession, keyId: string): KeyEntry {
  const key = findKey(session, Buffer.from(keyId, 'hex'));
  if (key?.hasPrivate === true) return key;
  throw new LyncauthError('KEY_NOT_FOUND', `card "${session.tokenInfo().label}" has no private key with the id ${keyId}`, {
    hint: 'lyncauth cards lists the keys; lyncauth enroll --abandon drops an enrollment whose key is gone',
  });
}
