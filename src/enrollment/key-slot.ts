/** Cards whose keys have fixed slots: where the new key goes, and what dies there when it is made. */
import { createHash } from 'node:crypto';
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { findKey } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { CertificateEntry, KeyEntry, KeySlot } from '../pkcs11/types.js';
import { readCertificate } from '../x509/certificate.js';
import type { SlotPlan } from './plan.js';

/** What is in a slot. Some cards show a key by its certificate alone. */
export interface SlotContent {
  key: KeyEntry | undefined;
  certificate: CertificateEntry | undefined;
}

/** What is said about the slot of a key. */
export interface SlotAnswers {
  keyId?: string | undefined;
  /** Whether the command line named it, not the environment. */
  keyIdGiven?: boolean | undefined;
  replace?: boolean | undefined;
  dryRun?: boolean | undefined;
}

export function contentOf(session: CardSession, { id }: KeySlot): SlotContent {
  const keyId = Buffer.from(id, 'hex');
  return { key: findKey(session, keyId), certificate: listCertificates(session).find((entry) => entry.id.equals(keyId)) };
}

/** What tells the key of a slot from another one: a hash of its public key, in hexadecimal; null for none. The key itself never leaves the card. */
export function markOf({ key, certificate }: SlotContent): string | null {
  const known = key === undefined ? certificate?.der : (key.publicKey ?? Buffer.from('not shown'));
  return known === undefined ? null : createHash('sha256').update(known).digest('hex');
}

/**
 * The slot for a new key: that of `--key-id`, or the usual one.
 * @returns undefined for cards that have room for any key
 * @throws LyncauthError USAGE for an id that no slot has
 */
export function slotFor({ driver, card }: CardSession, keyId: string | undefined): KeySlot | undefined {
  const { keySlots } = driver;
  if (keySlots === undefined || keyId === undefined) return keySlots?.[0];
  const slot = keySlots.find(({ id }) => id === keyId);
  if (slot !== undefined) return slot;
  const some = keySlots.slice(0, 4).map(({ id, name }) => `${id} (${name})`);
  throw new LyncauthError('USAGE', `card "${card.label}" has no key slot with the id ${keyId}`, {
    hint: `give --key-id ${some.join(', ')} or another one up to ${keySlots.at(-1)?.id} (${keySlots.at(-1)?.name})`,
  });
}

/** The same where nobody can be asked, before any server is. @throws LyncauthError as slotFor() and refuseOccupied() */
export function refuseOccupiedUnattended(
  { prompter }: Context,
  session: CardSession,
  answers: SlotAnswers & { key?: string | undefined },
): void {
  if (prompter.interactive || answers.key === 'existing') return;
  const slot = slotFor(session, answers.keyId);
  if (slot !== undefined) refuseOccupied(session, slot, answers);
}

/**
 * Unattended, --replace is the consent to lose what is in the slot: found out before anything is asked of anybody. LYNCAUTH_KEY_ID, which chooses the
 * key for sign-in as well, names no slot whose key dies.
 * @throws LyncauthError INPUT_REQUIRED naming --replace or --key-id
 */
function refuseOccupied(session: CardSession, slot: KeySlot, answers: SlotAnswers): void {
  const content = contentOf(session, slot);
  if (markOf(content) === null) return;
  if (answers.replace === true) {
    refuseIdOfEnvironment(slot, answers);
    return;
  }
  throw new LyncauthError('INPUT_REQUIRED', `slot ${slot.name} of card "${session.card.label}" holds ${describe(content)}`, {
    hint: 'give --replace, and the old key is lost when the new one is made; or --key-id HEX of another slot',
  });
}

/**
 * Where the new key goes, and what the person knows to be there.
 * @throws LyncauthError as refuseOccupied() and slotFor(); FAILED when the person keeps the old key
 */
export async function planSlot(context: Context, session: CardSession, answers: SlotAnswers): Promise<SlotPlan | undefined> {
  const { prompter, progress } = context;
  const slot = slotFor(session, answers.keyId);
  if (slot === undefined) return undefined;
  const content = contentOf(session, slot);
  const plan = { ...slot, before: markOf(content) };
  if (plan.before === null) return plan;
  if (!prompter.interactive) refuseOccupied(session, slot, answers);
  progress.warn(
    `slot ${slot.name} of card "${session.card.label}" holds ${describe(content)}: the old key is lost for ever when the new one is made, and with it what only that key can decrypt`,
  );
  if (!prompter.interactive || answers.dryRun === true) return plan;
  if (await prompter.confirm({ message: `Make a new key in slot ${slot.name} all the same?`, flag: '--replace', default: false }))
    return plan;
  throw new LyncauthError('FAILED', 'the old key was left as it is', { hint: 'lyncauth enroll --key-id HEX names another slot' });
}

/** @throws LyncauthError INPUT_REQUIRED naming --key-id where the environment names the slot */
export function refuseIdOfEnvironment({ id, name }: KeySlot, { keyId, keyIdGiven }: SlotAnswers): void {
  if (keyId === undefined || keyIdGiven === true) return;
  throw new LyncauthError('INPUT_REQUIRED', `slot ${name} is in use, and only the command line names a slot to be replaced`, {
    hint: `give --key-id ${id} if that slot is meant; LYNCAUTH_KEY_ID alone does not do`,
  });
}

/** What is in a slot, in words. */
export function describe({ key, certificate }: SlotContent): string {
  const what = key === undefined ? 'a certificate' : `a key (${key.type})`;
  if (key === undefined || certificate === undefined) return what;
  try {
    const { upn, subject, notAfter } = readCertificate(certificate.der);
    return `${what} with the certificate of ${upn ?? subject} until ${notAfter.toISOString().slice(0, 10)}`;
  } catch {
    return `${what} with a certificate that cannot be read`;
  }
}
