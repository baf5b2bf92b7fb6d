/** The user PIN: its state, login, change. Never guesses, never retries; reads the flags before every login. Must not import native code. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { CKU, type CkrName } from './cryptoki.js';
import { generic } from './drivers/generic.js';
import { isCkr } from './errors.js';
import { callLogin, callSetPin } from './pin-calls.js';
import { PIN_PAD, type PinEntry } from './pin-entry.js';
import { assertLoginAllowed, assertPinLength, assertPinState, loginFailure, type PinKind } from './pin-policy.js';
import type { CardSession } from './session.js';
import type { DriverProfile } from './types.js';

export interface LoginOptions {
  /** A person has decided to use the last try. */
  allowFinalTry?: boolean;
}

/** After these the old PIN holds: the card looked at the request and refused it. After anything else nobody knows. */
const CHANGE_REFUSED: readonly CkrName[] = [
  'CKR_PIN_INVALID',
  'CKR_PIN_LEN_RANGE',
  'CKR_PIN_TOO_WEAK',
  'CKR_SESSION_READ_ONLY',
  'CKR_TOKEN_WRITE_PROTECTED',
  'CKR_FUNCTION_NOT_SUPPORTED',
  'CKR_FUNCTION_CANCELED',
  'CKR_CANCEL',
  'CKR_ACTION_PROHIBITED',
  'CKR_ARGUMENTS_BAD',
  'CKR_USER_NOT_LOGGED_IN',
  'CKR_USER_TYPE_INVALID',
  'CKR_USER_PIN_NOT_INITIALIZED',
];

/**
 * Stops before anyone is asked for a PIN that could not be used. A PIN that must be changed passes.
 * @throws PIN_LOCKED; PIN_FINAL_TRY when unattended; CARD_UNINITIALIZED when the card has no PIN
 */
export function assertPinUsable(session: CardSession, options: { attended: boolean }): void {
  assertPinState(session, { allowFinalTry: options.attended });
}

/**
 * Logs the user in: one C_Login, and only when the flags allow one and the length can be right.
 * @throws PIN_LOCKED, PIN_FINAL_TRY, PIN_POLICY (length) and CARD_UNINITIALIZED before the card sees the PIN;
 * PIN_INCORRECT with `details.pinState`, or PIN_LOCKED when that was the last try
 */
export function login(session: CardSession, pin: PinEntry, options: LoginOptions = {}): void {
  logInAs(session, CKU.USER, pin, { ...options, kind: 'PIN' });
}

/**
 * Logs the security officer in, in a read-write session: they set the user's PIN, and see no private key.
 * @throws as login(), with SO_PIN_INCORRECT and SO_PIN_LOCKED
 */
export function loginSecurityOfficer(session: CardSession, pin: PinEntry, options: LoginOptions = {}): void {
  logInAs(session, CKU.SO, pin, { ...options, kind: 'SO PIN' });
}

function logInAs(session: CardSession, user: number, pin: PinEntry, options: LoginOptions & { kind: PinKind }): void {
  const { kind, allowFinalTry = false } = options;
  assertLoginAllowed(session, pin, { allowFinalTry, kind });
  try {
    callLogin(session, user, pin);
  } catch (error) {
    if (!isCkr(error, 'CKR_USER_ALREADY_LOGGED_IN', 'CKR_USER_ANOTHER_ALREADY_LOGGED_IN')) throw loginFailure(session, error, kind);
    // that proves nothing, since any PIN is answered so: this one is proved after a logout
    logout(session);
    try {
      callLogin(session, user, pin);
    } catch (second) {
      throw loginFailure(session, second, kind);
    }
  }
}

/** Logs out; nothing when nobody is logged in. */
export function logout(session: CardSession): void {
  try {
    session.run('logout', (lib, handle) => lib.C_Logout(handle));
  } catch (error) {
    if (!isCkr(error, 'CKR_USER_NOT_LOGGED_IN')) throw error;
  }
}

/** Logs out after what is done already: it stays done when the card is gone a moment later. */
export function logoutQuietly(session: CardSession): void {
  try {
    logout(session);
  } catch {
    // the session is closed soon
  }
}

/**
 * Whether C_SetPIN wants the user logged in. Where a driver unblocks by C_SetPIN without a login, it would take the current PIN for the PUK, and
 * drivers of which nothing is known may do so; those that do not, are given the order that the most of them take: proved, logged out, changed.
 */
export function changesLoggedIn({ unblock }: Pick<DriverProfile, 'unblock'>): boolean {
  return unblock === 'setpin-puk' || unblock === 'none';
}

/**
 * Changes the user PIN in a read-write session; login() with the current PIN comes first, and logout() unless changesLoggedIn().
 * @throws PIN_UNCHANGED, PIN_POLICY, PIN_LOCKED, PIN_FINAL_TRY before the card sees anything; PIN_INCORRECT with `details.pinState`;
 * PIN_CHANGE_UNKNOWN when the card may or may not have taken the new PIN
 */
export function changePin(session: CardSession, current: PinEntry, next: PinEntry, options: LoginOptions = {}): void {
  if (session.mode !== 'read-write') throw new LyncauthError('INTERNAL', 'a PIN is changed in a read-write session');
  if (current !== PIN_PAD && next !== PIN_PAD && current.equals(next))
    throw new LyncauthError('PIN_UNCHANGED', 'the new PIN is the old PIN', { hint: 'choose another PIN' });
  const token = assertLoginAllowed(session, current, { allowFinalTry: options.allowFinalTry ?? false });
  assertPinLength(token, next, 'new PIN');
  try {
    callSetPin(session, current, next);
  } catch (error) {
    if (isCkr(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LOCKED')) throw loginFailure(session, error);
    throw changeFailure(error);
  }
}

/** The error of a PIN that was to be set: as it is where the card has refused, PIN_CHANGE_UNKNOWN where its answer was lost. */
export function changeFailure(error: unknown): unknown {
  if (error instanceof LyncauthError && isCkr(error, 'CKR_PIN_EXPIRED')) {
    // the usual hint is this very change
    const { code, message, details } = error;
    return new LyncauthError(code, message, { hint: 'ask the people who issued the card to set a new PIN', details, cause: error });
  }
  if (isCkr(error, ...CHANGE_REFUSED) || isLyncauthError(error, 'INTERNAL')) return error;
  const details = error instanceof LyncauthError ? error.details : {};
  return new LyncauthError('PIN_CHANGE_UNKNOWN', `it is unknown whether the card changed its PIN (${details.ckr ?? 'no answer'})`, {
    hint: 'try the new PIN before the old one',
    details,
    cause: error,
  });
}

/** True when this PIN is printed in a manual, of this driver's cards or of cards in general. */
export function isPublishedDefault(pin: PinEntry, driver: Pick<DriverProfile, 'publishedDefaultPins'>): boolean {
  return pin !== PIN_PAD && [...driver.publishedDefaultPins, ...generic.publishedDefaultPins].includes(pin.reveal());
}
