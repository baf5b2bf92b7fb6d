/** The three calls that take a PIN, with the PIN or by the reader's own keys. One call each: what is checked before is others' business. */
import { LyncauthError } from '../errors.js';
import { CKU } from './cryptoki.js';
import { cardError, isCkr } from './errors.js';
import { PIN_PAD, type PinEntry } from './pin-entry.js';
import type { PinPad } from './pin-pad.js';
import { OFFICER_LOGIN } from './removed-card.js';
import type { CardSession } from './session.js';
import { ON_PIN_PAD } from './watched-calls.js';

/** By the driver's path. */
const pads = new Map<string, PinPad>();

const LOGINS: Readonly<Record<number, string>> = {
  [CKU.SO]: OFFICER_LOGIN,
  [CKU.USER]: 'login',
  [CKU.CONTEXT_SPECIFIC]: 'login for a signature',
};

/**
 * Makes the PIN pad of a session's reader usable, where it has one: before a person is told to use it.
 * @throws ADDON_MISSING when koffi is not installed; nothing was sent to the card then
 */
export async function preparePinPad(session: CardSession): Promise<void> {
  if (pads.has(session.modulePath) || !session.tokenInfo().pinPad) return;
  const { openPinPad } = await import('./pin-pad.js');
  pads.set(session.modulePath, await openPinPad(session.modulePath));
}

/**
 * C_Login (PKCS#11 v2.40 section 5.6).
 * @param userType - CKU_ number
 * @throws LyncauthError as cardError() makes it; FAILED when nobody entered a PIN on the reader
 */
export function callLogin(session: CardSession, userType: number, pin: PinEntry): void {
  const what = LOGINS[userType] ?? 'login';
  if (pin === PIN_PAD) callOnPinPad(session, what, 'C_Login', userType);
  else session.run(what, (lib, handle) => lib.C_Login(handle, userType, pin.reveal()));
}

/**
 * C_SetPIN (PKCS#11 v2.40 section 5.5).
 * @throws LyncauthError as callLogin(); PIN_POLICY when the two entries of the new PIN on the reader differ; INTERNAL for one PIN and one PIN pad
 */
export function callSetPin(session: CardSession, current: PinEntry, next: PinEntry): void {
  if (current === PIN_PAD && next === PIN_PAD) callOnPinPad(session, 'PIN change', 'C_SetPIN');
  else if (current === PIN_PAD || next === PIN_PAD) throw new LyncauthError('INTERNAL', 'one PIN of two comes from the PIN pad');
  else session.run('PIN change', (lib, handle) => lib.C_SetPIN(handle, current.reveal(), next.reveal()));
}

/**
 * C_InitPIN (PKCS#11 v2.40 section 5.5), in a read-write session in which the security officer is logged in.
 * @throws LyncauthError as callSetPin()
 */
export function callInitPin(session: CardSession, next: PinEntry): void {
  if (next === PIN_PAD) callOnPinPad(session, 'setting the PIN', 'C_InitPIN');
  else session.run('setting the PIN', (lib, handle) => lib.C_InitPIN(handle, next.reveal()));
}

function callOnPinPad(session: CardSession, what: string, call: keyof PinPad, userType: number = CKU.USER): void {
  const pad = pads.get(session.modulePath);
  if (pad === undefined) throw new LyncauthError('INTERNAL', 'the PIN pad was not prepared');
  const work = (_lib: unknown, handle: Buffer) => {
    const end = session.watch?.(call + ON_PIN_PAD);
    try {
      const value = pad[call](handle, userType);
      if (value !== 0) throw pinPadError(value, what);
    } finally {
      end?.();
    }
  };
  session.run(what, work, 'waiting for the PIN on the reader');
}

/** Two return values say more here than elsewhere, since it was the reader that asked. */
function pinPadError(value: number, what: string): LyncauthError {
  const error = cardError(Object.assign(new Error(what), { code: value }), what);
  const say = (code: 'FAILED' | 'PIN_POLICY', words: string, hint: string) =>
    new LyncauthError(code, `${what} failed: ${words} (${error.details.ckr})`, { hint, details: error.details });
  if (isCkr(error, 'CKR_FUNCTION_CANCELED', 'CKR_CANCEL')) {
    return say(
      'FAILED',
      'the entry on the reader was cancelled, or took too long',
      'run the command again and enter the PIN on the reader',
    );
  }
  if (isCkr(error, 'CKR_PIN_INVALID')) {
    return say('PIN_POLICY', 'the two entries of the new PIN differ, or the card does not accept it', 'enter the same new PIN twice');
  }
  return error;
}
