/** Sets a new user PIN by what unblocks it, in the way of the card's driver. Never guesses, never retries. Must not import native code. */
import { basename } from 'node:path';
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { CKU } from './cryptoki.js';
import { opensc } from './drivers/opensc.js';
import { isCkr } from './errors.js';
import { HOW_TO_CONFIGURE, setUpForPuk } from './opensc-conf.js';
import { changeFailure, type LoginOptions, loginSecurityOfficer, logout, logoutQuietly } from './pin.js';
import { callInitPin, callLogin, callSetPin } from './pin-calls.js';
import { PIN_PAD, type PinEntry } from './pin-entry.js';
import { assertLoginAllowed, assertPinLength, loginFailure, type PinKind } from './pin-policy.js';
import type { CardSession } from './session.js';
import type { DriverProfile, PinState } from './types.js';

export interface UnblockOptions extends LoginOptions {
  /** Called when the security officer is logged in and the new PIN is set next; not where one call does it all. */
  beforeNewPin?: () => void;
}

/** How a driver unblocks. */
export type UnblockStyle = Exclude<DriverProfile['unblock'], 'none'>;

/** What ykcs11 wants before the PUK and the new PIN. */
const PREFIXES = { puk: 'puk:', pin: 'pin:' };

/** States after which it may be the PIN that the card calls blocked. */
const MAY_BE_LOCKED: readonly PinState[] = ['locked', 'final', 'unknown'];

/** What a card of this style is unblocked with. */
export function unblockKind(style: UnblockStyle): Exclude<PinKind, 'PIN'> {
  return style === 'so-initpin' ? 'SO PIN' : 'PUK';
}

/**
 * Sets the user's PIN, and gives it all its tries back, in a read-write session.
 * @param by - the PIN of the security officer (`so-initpin`), or the PUK
 * @throws PUK_LOCKED, SO_PIN_LOCKED, PIN_FINAL_TRY and PIN_POLICY (lengths) before the card sees anything; PUK_INCORRECT and SO_PIN_INCORRECT, one
 * try spent; CARD_UNSUPPORTED where the driver cannot do it, or may have taken the PUK for the PIN that is blocked; PIN_CHANGE_UNKNOWN when the card may or may not have taken the new PIN
 */
export function unblock(session: CardSession, style: UnblockStyle, by: PinEntry, next: PinEntry, options: UnblockOptions = {}): void {
  if (session.mode !== 'read-write') throw new LyncauthError('INTERNAL', 'a PIN is unblocked in a read-write session');
  const kind = unblockKind(style);
  const token = assertLoginAllowed(session, by, { allowFinalTry: options.allowFinalTry ?? false, kind });
  assertPinLength(token, next, 'new PIN');
  if (kind === 'SO PIN') initializePin(session, by, next, options);
  else setPinByPuk(session, style, { puk: by, next, before: token.pin.state });
}

/** OpenSC's other module, onepin-opensc-pkcs11, goes by another part of the configuration. */
const OTHER_OPENSC = /onepin/i;

/** Whether the driver cannot but take a PUK for the PUK, also while the PIN is not blocked: one that is not set up for it takes it for the PIN. */
export function takesPuk({ driver, driverByTraits, modulePath }: CardSession): boolean {
  return (
    !driverByTraits &&
    (driver.unblock === 'setpin-prefixed' || (driver.id === opensc.id && !OTHER_OPENSC.test(basename(modulePath)) && setUpForPuk()))
  );
}

/** C_InitPIN by the security officer (PKCS#11 v2.40 section 5.5). */
function initializePin(session: CardSession, soPin: PinEntry, next: PinEntry, options: UnblockOptions): void {
  loginSecurityOfficer(session, soPin, options);
  try {
    options.beforeNewPin?.();
    callInitPin(session, next);
  } catch (error) {
    throw changeFailure(error);
  } finally {
    logoutQuietly(session);
  }
}

/** C_SetPIN by nobody who is logged in: then the driver takes what stands in the old PIN's place for the PUK. */
function setPinByPuk(
  session: CardSession,
  style: UnblockStyle,
  { puk, next, before }: { puk: PinEntry; next: PinEntry; before: PinState },
): void {
  const withPrefix = style === 'setpin-prefixed';
  const [first, second] = withPrefix ? [prefixed(PREFIXES.puk, puk), prefixed(PREFIXES.pin, next)] : ([puk, next] as const);
  logout(session);
  try {
    callSetPin(session, first, second);
    if (withPrefix) refreshFlags(session, next);
  } catch (error) {
    // a driver that takes no PUK takes it for the old PIN, and says of that what it says of a blocked PUK
    if (!withPrefix && !takesPuk(session) && MAY_BE_LOCKED.includes(before) && isCkr(error, 'CKR_PIN_LOCKED'))
      throw notTaken(session, error as LyncauthError, true);
    if (isCkr(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LOCKED')) throw loginFailure(session, error, 'PUK');
    if (isCkr(error, 'CKR_FUNCTION_NOT_SUPPORTED', 'CKR_USER_NOT_LOGGED_IN')) throw notTaken(session, error as LyncauthError, false);
    throw changeFailure(error);
  }
}

/** ykcs11 reads the state of the PIN at a login only, and tells that of before until then. The PIN is set: a failure leaves the flags as they are. */
function refreshFlags(session: CardSession, pin: PinEntry): void {
  try {
    callLogin(session, CKU.USER, pin);
    logoutQuietly(session);
  } catch {
    // the next run will tell
  }
}

/** @throws CARD_UNSUPPORTED for a PIN pad, where nobody could type the prefix */
function prefixed(prefix: string, entry: PinEntry): Secret {
  if (entry === PIN_PAD) throw pukNotByPinPad();
  return new Secret(prefix + entry.reveal());
}

/** The error of a reader with a PIN pad before a driver that wants a prefix. */
export function pukNotByPinPad(): LyncauthError {
  return new LyncauthError('CARD_UNSUPPORTED', 'the driver of this card takes no PUK from the keys of a reader', {
    hint: 'put the card into a reader without keys, and run the command again',
  });
}

function notTaken(session: CardSession, error: LyncauthError, orBlocked: boolean): LyncauthError {
  const driver = `the driver ${session.driver.name} is not set up to take a PUK`;
  const message = orBlocked ? `either the PUK of card "${session.card.label}" is blocked, or ${driver}` : driver;
  return new LyncauthError('CARD_UNSUPPORTED', `${message} (${error.details.ckr})`, {
    hint: session.driver.id === opensc.id ? HOW_TO_CONFIGURE : 'ask the people who issued the card to unblock it',
    details: error.details,
    cause: error,
  });
}
