/** Makes a key in a fixed slot. What was there dies at that moment, so a run that died is judged by whether the slot holds another key than before. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { isCkr, KIND_REFUSED } from '../pkcs11/errors.js';
import { generateKeyPair } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { KeyEntry } from '../pkcs11/types.js';
import { readCertificate } from '../x509/certificate.js';
import type { EnrollmentRecord } from './journal.js';
import { contentOf, markOf, type SlotContent } from './key-slot.js';
import type { SlotPlan } from './plan.js';
import { type Replaced, saveCertificate } from './replaced.js';
import type { EnrollmentTools } from './tools.js';

/**
 * The key of `record` in its slot: the one that an interrupted run made there, or a new one. A certificate that dies is saved first.
 * @param step - runs the generation, with what a person sees meanwhile
 * @throws LyncauthError KEY_NOT_FOUND when somebody else has filled the slot; CARD_UNSUPPORTED for a type that the card does not make
 */
export async function makeKeyInSlot(
  record: EnrollmentRecord,
  slot: SlotPlan,
  tools: EnrollmentTools,
  step: (generate: () => Promise<KeyEntry>) => Promise<KeyEntry>,
): Promise<KeyEntry> {
  const { session, journal } = tools;
  const { plan } = record;
  const content = contentOf(session, slot);
  const untouched = markOf(content) === slot.before;
  if (!untouched) return adopt(record, slot, content, tools);
  if (record.step !== 'making-key') journal.advance(record, 'making-key', { keyId: slot.id, overwritten: save(content, slot, tools) });
  const id = Buffer.from(slot.id, 'hex');
  const entry = await step(() => generateKeyPair(session, { type: plan.keyType, id, label: plan.name })).catch((error) => {
    if (!isLyncauthError(error, 'CARD_UNSUPPORTED') && !isCkr(error, ...KIND_REFUSED)) throw error;
    // said before anything was made; after any other answer nobody knows, and the next run looks
    journal.advance(record, record.pinChanged ? 'pin-changed' : 'planned', { overwritten: undefined });
    throw notMade(record, slot, error as LyncauthError);
  });
  journal.advance(record, 'key-made', { newKey: markOf({ key: entry, certificate: undefined }) });
  return entry;
}

/** @throws LyncauthError KEY_NOT_FOUND where the slot holds another key than the one that was made for `record` */
export function assertOwnKey({ plan: { slot }, newKey }: EnrollmentRecord, session: CardSession): void {
  if (slot === undefined || newKey === undefined || markOf(contentOf(session, slot)) === newKey) return;
  throw changedMeanwhile(slot, session);
}

/** The key that an interrupted run made is gone on with: what was there before is dead in any case. */
function adopt(record: EnrollmentRecord, slot: SlotPlan, content: SlotContent, { session, journal }: EnrollmentTools): KeyEntry {
  const { key } = content;
  if (key?.hasPrivate !== true || !isOwn(record, content)) throw changedMeanwhile(slot, session);
  journal.advance(record, 'key-made', { newKey: markOf(content) });
  return key;
}

function isOwn({ step, plan }: EnrollmentRecord, content: SlotContent): boolean {
  return step === 'making-key' && content.key?.type === plan.keyType && !isCertified(content);
}

/** The fixed slot that holds the key of `record`, though the run that made it may have died before it knew. Without a login the private half is not shown. */
export function slotOfKey(record: EnrollmentRecord, session: CardSession): string | undefined {
  const { slot } = record.plan;
  if (slot === undefined || record.newKey !== undefined) return slot?.name;
  const content = contentOf(session, slot);
  return markOf(content) !== slot.before && isOwn(record, content) ? slot.name : undefined;
}

/** Whether somebody has issued a certificate to the key. ykcs11 gives a new one a certificate by itself, which holds its place. */
function isCertified({ key, certificate }: SlotContent): boolean {
  if (key?.publicKey === undefined || certificate === undefined) return false;
  try {
    const { publicKey, issuer, subject } = readCertificate(certificate.der);
    return publicKey.equals(key.publicKey) && issuer !== subject;
  } catch {
    return false;
  }
}

function save({ certificate }: SlotContent, { id }: SlotPlan, { savedDir }: Pick<EnrollmentTools, 'savedDir'>): Replaced[] | undefined {
  if (certificate === undefined) return undefined;
  return [{ ...saveCertificate(certificate.der, savedDir), keyRemoved: true, keyId: id, keyKeptFor: null }];
}

function changedMeanwhile({ name }: SlotPlan, { card }: CardSession): LyncauthError {
  return new LyncauthError('KEY_NOT_FOUND', `slot ${name} of card "${card.label}" holds a key that this enrollment has not made`, {
    hint: 'another program has made it; lyncauth enroll --abandon drops the enrollment and leaves that key alone',
  });
}

function notMade({ plan }: EnrollmentRecord, { name }: SlotPlan, error: LyncauthError): LyncauthError {
  return new LyncauthError('CARD_UNSUPPORTED', `no key of the kind ${plan.keyType} can be made in slot ${name}: ${error.message}`, {
    hint: 'choose another --key-type',
    details: error.details,
    cause: error,
  });
}
