/** What tells one card from another, and whether the card that a session began with is still in the reader. Must not import native code. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { REINSERT } from './errors.js';
import type { TokenInfo } from './types.js';

/** What tells one card from another. */
export type CardName = Pick<TokenInfo, 'serial' | 'label'>;

/** A serial number that says nothing: all tokens of a TPM have this one, and those of NSS. */
const NO_SERIAL = /^0*$/;

/** What locks, counts and records of a card go by: its serial number, with its label where that number says nothing. */
export function cardKey({ serial, label }: CardName): string {
  return NO_SERIAL.test(serial) ? `${serial} ${label}` : serial;
}

/** What `--card` names this card by. */
export function cardSelector({ serial, label }: CardName): string {
  return NO_SERIAL.test(serial) ? label : serial;
}

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
