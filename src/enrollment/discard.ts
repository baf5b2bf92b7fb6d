/** The end of an enrollment that came to nothing: the key made for it goes, then its record. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { destroyKeyPair } from '../pkcs11/keys.js';
import type { EnrollmentRecord } from './journal.js';
import type { EnrollmentTools } from './tools.js';

/**
 * Removes what `record` put on the card and closes it. A key that was there before stays.
 * @returns `reason`, to be thrown; it carries a warning when the card could not be cleaned, and then the record stays
 */
export async function discard(
  record: EnrollmentRecord,
  tools: Pick<EnrollmentTools, 'session' | 'journal'>,
  reason: LyncauthError,
): Promise<LyncauthError> {
  try {
    abandon(record, tools);
    return reason;
  } catch (error) {
    const detail = isLyncauthError(error) ? error.message : String(error);
    return new LyncauthError(reason.code, `${reason.message}; its key could not be removed from the card: ${detail}`, {
      hint: 'lyncauth enroll --abandon',
      details: reason.details,
      cause: error,
    });
  }
}

/** Removes the key that `record` made, if it made one, and closes the record. @returns whether a key was removed */
export function abandon(record: EnrollmentRecord, tools: Pick<EnrollmentTools, 'session' | 'journal'>): boolean {
  const made = record.plan.existingKey === undefined && record.keyId !== undefined;
  const removed = made ? destroyKeyPair(tools.session, Buffer.from(record.keyId ?? '', 'hex')) : 0;
  tools.journal.close(record);
  return removed > 0;
}
