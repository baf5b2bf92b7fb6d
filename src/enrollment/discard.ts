/** The end of an enrollment that came to nothing: what it put on the card goes, then its record. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { destroyCertificate } from '../pkcs11/certificates.js';
import { clearChangeMark } from '../pkcs11/first-use.js';
import { destroyKeyPair } from '../pkcs11/keys.js';
import { isMarkLeft } from './first-use.js';
import type { EnrollmentRecord } from './journal.js';
import { isKeyInUse, ownCertificate } from './on-card.js';
import type { EnrollmentTools } from './tools.js';

/** What became of the key of an enrollment that was dropped. */
export interface Cleared {
  keyRemoved: boolean;
  /** A certificate that is not the enrollment's own uses the key, so it stays. */
  keyInUse: boolean;
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
    const { keyInUse } = abandon(record, tools);
    if (!keyInUse) return reason;
    const message = `${reason.message}; its key stays on the card, since another certificate uses it`;
    return new LyncauthError(reason.code, message, { ...hintOf(reason), details: reason.details, cause: reason.cause });
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
  journal.close(record);
  return { keyRemoved, keyInUse };
}

/** The CKA_ID of the key that was made for `record`; undefined where it was to use one of the card's. */
export function madeKey({ plan, keyId }: EnrollmentRecord): Buffer | undefined {
  return plan.existingKey === undefined && keyId !== undefined ? Buffer.from(keyId, 'hex') : undefined;
}

function hintOf({ hint }: LyncauthError): { hint?: string } {
  return hint === undefined ? {} : { hint };
}
