/** A new PIN: asked for, checked before the card sees it, and set in the order that every driver understands. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { changePin, logout } from '../pkcs11/pin.js';
import { assertPinLength } from '../pkcs11/pin-policy.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import type { Secret } from '../secret.js';
import { isDefaultPin, logIn } from './log-in.js';

/**
 * Asks for the new PIN, twice at a terminal.
 * @param current - the PIN it replaces, where it is known already
 * @throws LyncauthError PIN_UNCHANGED, PIN_POLICY (a published default, the wrong length, two entries that differ); none costs a try
 */
export async function askNewPin(context: Context, session: CardSession, newPinFile: string | undefined, current?: Secret): Promise<Secret> {
  const token = session.tokenInfo();
  const question = { flag: '--new-pin-file', file: newPinFile };
  const next = await context.prompter.secret({
    ...question,
    message: `new PIN of card "${token.label}" (${lengthOf(token)})`,
  });
  if (current !== undefined) checkNewPin(session, current, next);
  if (newPinFile === undefined) {
    const again = await context.prompter.secret({ ...question, message: 'new PIN again' });
    if (!again.equals(next))
      throw new LyncauthError('PIN_POLICY', 'the two new PINs differ, so the PIN was not changed', { hint: 'lyncauth change-pin' });
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

/** A maximum of 0 says nothing. */
function lengthOf({ pin: { min, max } }: TokenInfo): string {
  return max === 0 ? `at least ${min} characters` : `${min} to ${max} characters`;
}
