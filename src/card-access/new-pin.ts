/** A new PIN: asked for, checked before the card sees it, and set in the order that every driver understands. */
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { isCkr } from '../pkcs11/errors.js';
import { isMarkedForChange } from '../pkcs11/first-use.js';
import { changeFailure, changePin, changesLoggedIn, login, logout, logoutQuietly } from '../pkcs11/pin.js';
import { PIN_PAD, type PinEntry } from '../pkcs11/pin-entry.js';
import { assertPinLength, lengthOf } from '../pkcs11/pin-policy.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import type { Secret } from '../secret.js';
import { removeChangeMark } from './change-mark.js';
import { announce, entryOnReader } from './entry-on-reader.js';
import { counting, isDefaultPin, logIn } from './log-in.js';

/** How often a person may type a new PIN until it is one. */
const ROUNDS = 3;

/**
 * Asks for the new PIN; at a terminal twice, and again when it cannot be one. A reader with a PIN pad asks itself, when the PIN is set.
 * @param current - the PIN it replaces; undefined for one that is forgotten
 * @throws LyncauthError PIN_UNCHANGED, PIN_POLICY (a published default, the wrong length, two entries that differ); none costs a try
 */
export async function askNewPin(
  context: Context,
  session: CardSession,
  newPinFile: string | undefined,
  current: PinEntry | undefined,
): Promise<PinEntry> {
  if (session.tokenInfo().pinPad) return await entryOnReader(context, session, 'new PIN', { flag: '--new-pin-file', file: newPinFile });
  const rounds = context.prompter.interactive && newPinFile === undefined ? ROUNDS : 1;
  for (let round = 1; ; round += 1) {
    try {
      return await askOnce(context, session, newPinFile, current);
    } catch (error) {
      if (round === rounds || !isLyncauthError(error, 'PIN_UNCHANGED', 'PIN_POLICY')) throw error;
      context.progress.warn(error.message);
    }
  }
}

async function askOnce(
  context: Context,
  session: CardSession,
  newPinFile: string | undefined,
  current: PinEntry | undefined,
): Promise<Secret> {
  const token = session.tokenInfo();
  const question = { flag: '--new-pin-file', file: newPinFile };
  const next = await context.prompter.secret({
    ...question,
    message: `new PIN of card "${token.label}" (${lengthOf(token)})`,
  });
  checkNewPin(session, current, next);
  if (newPinFile === undefined) {
    const again = await context.prompter.secret({ ...question, message: 'new PIN again' });
    if (!again.equals(next)) throw new LyncauthError('PIN_POLICY', 'the two new PINs differ', { hint: 'type the same new PIN twice' });
  }
  return next;
}

/**
 * Replaces `current` by `next`: the old PIN is proved by a login, and changed in the order that the driver wants. Nobody is logged in after it.
 * @param changing - called between the proof and the change
 * @throws LyncauthError as logIn() and changePin(), and PIN_CHANGE_UNKNOWN when the card's answer was lost; it is never repeated
 */
export function replacePin(
  context: Context,
  session: CardSession,
  current: PinEntry,
  next: PinEntry,
  changing: () => void = () => {},
): void {
  // on a PIN pad nobody types the new PIN once more, only to have a mark removed
  const stays = changesLoggedIn(session.driver) || (next === PIN_PAD && isMarkedForChange(session));
  proveCurrent(context, session, current);
  if (!stays) logout(session);
  changing();
  if (next === PIN_PAD) announce(context, 'current PIN', 'new PIN', 'new PIN again');
  // its own attempt: the only one of a PIN that has expired
  counting(context, session, 'PIN', (allowFinalTry) => changePin(session, current, next, { allowFinalTry }));
  removeChangeMark(context, session, stays ? undefined : () => login(session, next));
  if (stays) logoutQuietly(session);
}

/** An expired PIN logs nobody in, and is changed all the same where nobody has to be logged in: C_SetPIN proves it again. */
function proveCurrent(context: Context, session: CardSession, current: PinEntry): void {
  try {
    logIn(context, session, current, 'current PIN');
  } catch (error) {
    if (!isCkr(error, 'CKR_PIN_EXPIRED')) throw error;
    if (changesLoggedIn(session.driver)) throw changeFailure(error);
  }
}

/** The card lets nobody use its keys before the PIN is changed, and nobody can be asked for a new one. @param hint - how it can be changed */
export function pinChangeRequired(token: TokenInfo, hint: string): LyncauthError {
  return new LyncauthError('PIN_CHANGE_REQUIRED', `card "${token.label}" wants its PIN changed before it is used`, {
    hint,
    details: { pinState: 'must-change' },
  });
}

function checkNewPin(session: CardSession, current: PinEntry | undefined, next: Secret): void {
  const token = session.tokenInfo();
  if (current !== undefined && current !== PIN_PAD && next.equals(current))
    throw new LyncauthError('PIN_UNCHANGED', 'the new PIN is the old one', { hint: 'choose another PIN' });
  if (isDefaultPin(session, next)) {
    throw new LyncauthError('PIN_POLICY', 'the new PIN is a default that manufacturers publish', {
      hint: 'choose a PIN that only you know',
    });
  }
  assertPinLength(token, next, 'new PIN');
}
