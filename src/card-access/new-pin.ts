/** A new PIN: asked for, checked before the card sees it, and set in the order that every driver understands. */
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { changePin, logout } from '../pkcs11/pin.js';
import { assertPinLength, lengthOf } from '../pkcs11/pin-policy.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import type { Secret } from '../secret.js';
import { isDefaultPin, logIn } from './log-in.js';

/** How often a person may type a new PIN until it is one. */
const ROUNDS = 3;

/**
 * Asks for the new PIN; at a terminal twice, and again when it cannot be one.
 * @param current - the PIN it replaces
 * @throws LyncauthError PIN_UNCHANGED, PIN_POLICY (a published default, the wrong length, two entries that differ); none costs a try
 */
export async function askNewPin(context: Context, session: CardSession, newPinFile: string | undefined, current: Secret): Promise<Secret> {
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

async function askOnce(context: Context, session: CardSession, newPinFile: string | undefined, current: Secret): Promise<Secret> {
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
 * Replaces `current` by `next`: the old PIN is proved by a login, then logged out, then changed, the order that works with every driver.
 * @param changing - called between the proof and the change
 * @throws LyncauthError as logIn(), and PIN_CHANGE_UNKNOWN when the card's answer was lost; it is never repeated
 */
export function replacePin(context: Context, session: CardSession, current: Secret, next: Secret, changing: () => void = () => {}): void {
  logIn(context, session, current);
  logout(session);
  changing();
  changePin(session, current, next);
}

/** The card lets nobody use its keys before the PIN is changed, and nobody can be asked for a new one. @param hint - how it can be changed */
export function pinChangeRequired(token: TokenInfo, hint: string): LyncauthError {
  return new LyncauthError('PIN_CHANGE_REQUIRED', `card "${token.label}" wants its PIN changed before it is used`, {
    hint,
    details: { pinState: token.pin.state },
  });
}

function checkNewPin(session: CardSession, current: Secret, next: Secret): void {
  const token = session.tokenInfo();
  if (next.equals(current)) throw new LyncauthError('PIN_UNCHANGED', 'the new PIN is the old one', { hint: 'choose another PIN' });
  if (isDefaultPin(session, next)) {
    throw new LyncauthError('PIN_POLICY', 'the new PIN is a default that manufacturers publish', {
      hint: 'choose a PIN that only you know',
    });
  }
  assertPinLength(token, next, 'new PIN');
}
