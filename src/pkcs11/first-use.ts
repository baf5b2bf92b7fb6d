/**
 * The mark on a card whose PIN is to be changed at first use: a public data object, so that every later lyncauth on any computer sees it without a login.
 * It guides honest programs and is no barrier: whoever may write to the card may take it away. Must not import native code.
 */
import { LyncauthError } from '../errors.js';
import { isCkr, KIND_REFUSED } from './errors.js';
import type { CardSession } from './session.js';
import { changeMark, changeMarkWith } from './templates.js';
import type { TokenInfo } from './types.js';

/**
 * Whether an enrollment has marked the card of `session`. Reads public objects only: no login, no try.
 * @throws LyncauthError CARD_REMOVED and the like; a driver that knows no data objects has none
 */
export function isMarkedForChange(session: CardSession): boolean {
  return session.driver.storesData && findMarks(session).length > 0;
}

/** Whether the PIN is to be changed before the card is used: by the card's own flag (CKF_USER_PIN_TO_BE_CHANGED), or by the mark. */
export function mustChangePin(session: CardSession): boolean {
  return isSetByDriver(session) || isMarkedForChange(session);
}

/** `pin` of the card in `session` with the mark counted in. What is graver than a change that is due, a locked PIN or one try left, stays. */
export function pinWithMark(session: CardSession, pin: TokenInfo['pin']): TokenInfo['pin'] {
  const graver = ['locked', 'unset', 'final', 'must-change'].includes(pin.state);
  return graver || !isMarkedForChange(session) ? pin : { ...pin, state: 'must-change' };
}

/**
 * Marks the card, once; nothing where its driver asks for the change by itself. The session must be read-write and logged in.
 * @param date - of the mark, for people who look at the object
 * @throws LyncauthError CARD_UNSUPPORTED when the driver keeps no public data objects; CARD_FULL, CARD_READ_ONLY and the like
 */
export function markForChange(session: CardSession, date: Date): void {
  if (isSetByDriver(session) || isMarkedForChange(session)) return;
  const mark = createMark(session, date);
  if (isMarkedForChange(session)) return;
  session.destroy('removing the mark', mark);
  throw cannotMark(session);
}

/** Removes the mark; nothing when there is none. Some drivers want a login for it. The session must be read-write. */
export function clearChangeMark(session: CardSession): void {
  if (!session.driver.storesData) return;
  for (const mark of findMarks(session)) session.destroy('removing the mark', mark);
}

/**
 * Finds out whether the card can be marked, by marking it for a moment. The session must be read-write and logged in.
 * @throws LyncauthError as markForChange()
 */
export function tryMark(session: CardSession, date: Date): void {
  if (mustChangePin(session)) return;
  markForChange(session, date);
  clearChangeMark(session);
}

/** Refuses what is known without a login: a driver that takes no public data objects. @throws LyncauthError CARD_UNSUPPORTED */
export function assertMarkable(session: CardSession): void {
  if (!session.driver.storesData && !isSetByDriver(session)) throw cannotMark(session);
}

/** A PIN that is locked, or was never set, is nothing to change. */
function isSetByDriver(session: CardSession): boolean {
  const { pin, pinToBeChanged } = session.tokenInfo();
  return pinToBeChanged && pin.state !== 'locked' && pin.state !== 'unset';
}

function createMark(session: CardSession, date: Date): Buffer {
  try {
    return session.create('writing the mark', changeMarkWith(`to be changed since ${date.toISOString().slice(0, 10)}`));
  } catch (error) {
    throw isRefusal(error) ? cannotMark(session, error) : error;
  }
}

function findMarks(session: CardSession): Buffer[] {
  try {
    return session.find(changeMark());
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

/** That the driver keeps no such objects. */
function isRefusal(error: unknown): boolean {
  return isCkr(error, 'CKR_ARGUMENTS_BAD', ...KIND_REFUSED);
}

function cannotMark(session: CardSession, cause?: unknown): LyncauthError {
  const { label } = session.tokenInfo();
  return new LyncauthError(
    'CARD_UNSUPPORTED',
    `card "${label}" cannot be marked for a change of the PIN at first use: its driver (${session.driver.name}) keeps no public data objects`,
    {
      hint: 'set the PIN of the user with --pin-change now, or leave --pin-change away',
      ...(cause instanceof LyncauthError ? { details: cause.details, cause } : {}),
    },
  );
}
