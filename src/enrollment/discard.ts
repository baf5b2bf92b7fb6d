/** The end of an enrollment that came to nothing: what it put on the card goes, then its record. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { destroyCertificate } from '../pkcs11/certificates.js';
import { clearChangeMark } from '../pkcs11/first-use.js';
import { destroyKeyPair } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import { isMarkLeft } from './first-use.js';
import type { EnrollmentRecord } from './journal.js';
import { contentOf, markOf } from './key-slot.js';
import { isKeyInUse, ownCertificate, readableCertificates } from './on-card.js';
import type { Replaced } from './replaced.js';
import { slotOfKey } from './slot-key.js';
import type { EnrollmentTools } from './tools.js';

/** What became of the key of an enrollment that was dropped. */
export interface Cleared {
  keyRemoved: boolean;
  /** A certificate that is not the enrollment's own uses the key, so it stays. */
  keyInUse: boolean;
  /** The fixed slot that the new key stays in, since only another key ends it there. */
  keyInSlot: string | undefined;
  /** Certificates that the enrollment has overwritten. */
  replaced: Replaced[];
}

/**
 * Removes what `record` put on the card and closes it. A key that was there before stays.
 * @returns `reason`, to be thrown; it carries a warning when the key is still on the card, and when that was not intended the record stays
 */
export async function discard(
  record: EnrollmentRecord,
  tools: Pick<EnrollmentTools, 'session' | 'journal'>,
  reason: LyncauthError,
): Promise<LyncauthError> {
  try {
    const { keyInUse, keyInSlot, replaced } = abandon(record, tools);
    const stays = keyInUse ? '; its key stays on the card, since another certificate uses it' : '';
    const inSlot = keyInSlot === undefined ? '' : `; its key stays in slot ${keyInSlot} until another one is made there (--replace)`;
    const message = `${reason.message}${stays}${inSlot}${savedIn(replaced)}`;
    if (message === reason.message) return reason;
    const details = keyInSlot === undefined && replaced.length === 0 ? {} : { keyInSlot: keyInSlot ?? null, replaced };
    return new LyncauthError(reason.code, message, { ...hintOf(reason), details: { ...reason.details, ...details }, cause: reason.cause });
  } catch (error) {
    const detail = isLyncauthError(error) ? error.message : String(error);
    return new LyncauthError(reason.code, `${reason.message}; its key could not be removed from the card: ${detail}`, {
      hint: 'lyncauth enroll --abandon',
      details: reason.details,
      cause: error,
    });
  }
}

/**
 * Removes the certificate of `record`, the key that it made and a mark that it left, if they are on the card, and closes the record. The certificate goes first: an
 * interruption leaves a key that the journal knows. A key that another certificate uses is left alone.
 */
export function abandon(record: EnrollmentRecord, { session, journal }: Pick<EnrollmentTools, 'session' | 'journal'>): Cleared {
  const own = ownCertificate(record, session);
  if (own !== undefined) destroyCertificate(session, own.entry);
  if (isMarkLeft(record, session)) clearChangeMark(session);
  const id = madeKey(record);
  const keyInUse = id !== undefined && isKeyInUse(id, session);
  const keyRemoved = id !== undefined && !keyInUse && destroyKeyPair(session, id) > 0;
  const inSlot = { keyInSlot: slotOfKey(record, session), replaced: overwrittenBy(record, session) };
  journal.close(record);
  return { keyRemoved, keyInUse, ...inSlot };
}

/** The CKA_ID of the key that was made for `record` and can be removed; undefined where it was to use one of the card's, and for keys in fixed slots. */
export function madeKey({ plan, keyId }: EnrollmentRecord): Buffer | undefined {
  return plan.existingKey === undefined && plan.slot === undefined && keyId !== undefined ? Buffer.from(keyId, 'hex') : undefined;
}

/** Where the certificates are that an enrollment has overwritten, to be put behind a sentence. */
export function savedIn(replaced: readonly Replaced[]): string {
  return replaced.map(({ savedTo }) => `; the old certificate is saved in ${savedTo}`).join('');
}

/** They are saved before they are overwritten, so a run that died may have left them as they were. */
function overwrittenBy({ plan: { slot }, newKey, overwritten = [] }: EnrollmentRecord, session: CardSession): Replaced[] {
  if (overwritten.length === 0 || newKey !== undefined) return overwritten;
  if (slot !== undefined) return markOf(contentOf(session, slot)) === slot.before ? [] : overwritten;
  const held = readableCertificates(session).map(({ info }) => info.sha256);
  return overwritten.filter(({ sha256 }) => !held.includes(sha256));
}

function hintOf({ hint }: LyncauthError): { hint?: string } {
  return hint === undefined ? {} : { hint };
}
