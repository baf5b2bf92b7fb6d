/** The user PIN: its state, login, change. Never guesses, never retries; reads the flags before every login. Must not import native code. */
import { LyncauthError } from '../errors.js';
import type { Secret } from '../secret.js';
import { CKU, type CkrName } from './cryptoki.js';
import { generic } from './drivers/generic.js';
import { isCkr } from './errors.js';
import { assertLoginAllowed, assertPinLength, assertPinState, loginFailure } from './pin-policy.js';
import type { CardSession } from './session.js';
import type { DriverProfile, PinState } from './types.js';

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
  'CKR_ACTION_PROHIBITED',
  'CKR_ARGUMENTS_BAD',
  'CKR_USER_NOT_LOGGED_IN',
  'CKR_USER_PIN_NOT_INITIALIZED',
];

/** The state of the user PIN, read from the driver now. */
export function readPinState(session: CardSession): PinState {
  return session.tokenInfo().pin.state;
}

/**
 * Stops before anyone is asked for a PIN that could not be used. A PIN that must be changed passes.
 * @throws PIN_LOCKED; PIN_FINAL_TRY when unattended; CARD_UNINITIALIZED when the card has no PIN
 */
export function assertPinUsable(session: CardSession, options: { attended: boolean }): void {
  assertPinState(session.tokenInfo(), { allowFinalTry: options.attended });
}

/**
 * Logs the user in: one C_Login, and only when the flags allow one and the length can be right.
 * @throws PIN_LOCKED, PIN_FINAL_TRY, PIN_POLICY (length) and CARD_UNINITIALIZED before the card sees the PIN;
 * PIN_INCORRECT with `details.pinState`, or PIN_LOCKED when that was the last try
 */
export function login(session: CardSession, pin: Secret, options: LoginOptions = {}): void {
  assertLoginAllowed(session, pin, { allowFinalTry: options.allowFinalTry ?? false });
  const attempt = () => session.run('login', (lib, handle) => lib.C_Login(handle, CKU.USER, pin.reveal()));
  try {
    attempt();
  } catch (error) {
    if (!isCkr(error, 'CKR_USER_ALREADY_LOGGED_IN')) throw loginFailure(session, error);
    // that proves nothing, since any PIN is answered so: this one is proved after a logout
    logout(session);
    try {
      attempt();
    } catch (second) {
      throw loginFailure(session, second);
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

/**
 * Changes the user PIN in a read-write session that is not logged in: login() and logout() with the current PIN come first, the order that all drivers take.
 * @throws PIN_UNCHANGED, PIN_POLICY, PIN_LOCKED, PIN_FINAL_TRY before the card sees anything; PIN_INCORRECT with `details.pinState`;
 * PIN_CHANGE_UNKNOWN when the card may or may not have taken the new PIN
 */
export function changePin(session: CardSession, current: Secret, next: Secret, options: LoginOptions = {}): void {
  if (session.mode !== 'read-write') throw new LyncauthError('INTERNAL', 'a PIN is changed in a read-write session');
  if (current.equals(next)) throw new LyncauthError('PIN_UNCHANGED', 'the new PIN is the old PIN', { hint: 'choose another PIN' });
  const token = assertLoginAllowed(session, current, { allowFinalTry: options.allowFinalTry ?? false });
  assertPinLength(token, next, 'new PIN');
  try {
    session.run('PIN change', (lib, handle) => lib.C_SetPIN(handle, current.reveal(), next.reveal()));
  } catch (error) {
    if (isCkr(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LOCKED')) throw loginFailure(session, error);
    if (isCkr(error, ...CHANGE_REFUSED)) throw error;
    throw changeUnknown(error);
  }
}

/** True when this PIN is printed in a manual, of this driver's cards or of cards in general. */
export function isPublishedDefault(pin: Secret, driver: Pick<DriverProfile, 'publishedDefaultPins'>): boolean {
  return [...driver.publishedDefaultPins, ...generic.publishedDefaultPins].includes(pin.reveal());
}

function changeUnknown(error: unknown): LyncauthError {
  const details = error instanceof LyncauthError ? error.details : {};
  return new LyncauthError('PIN_CHANGE_UNKNOWN', `it is unknown whether the card changed its PIN (${details.ckr ?? 'no answer'})`, {
    hint: 'try the new PIN before the old one',
    details,
    cause: error,
  });
}
