/** Whether the card that a session began with is still the one in the reader. Must not import native code. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { REINSERT } from './errors.js';
import type { TokenInfo } from './types.js';

/** What tells one card from another. */
export type CardName = Pick<TokenInfo, 'serial' | 'label'>;

/**
 * @returns `found`, which is in the reader
 * @throws CARD_REMOVED when that is another card than the one that was `meant`
 */
export function assertSameCard<T extends CardName>(meant: CardName, found: T): T {
  if (meant.serial === found.serial && meant.label === found.label) return found;
  const { label, serial } = found;
  throw new LyncauthError('CARD_REMOVED', `card "${meant.label}" was removed, and card "${label}" (serial ${serial}) is in its reader`, {
    hint: `insert card "${meant.label}" again and run the command again`,
  });
}

/** Makes calls on a slot that had a card: an empty or missing reader means that it was pulled. */
export function ofCard<T>(calls: () => T): T {
  try {
    return calls();
  } catch (error) {
    if (!isLyncauthError(error, 'NO_CARD', 'NO_READER')) throw error;
    throw new LyncauthError('CARD_REMOVED', error.message, { hint: REINSERT, details: error.details, cause: error.cause });
  }
}
