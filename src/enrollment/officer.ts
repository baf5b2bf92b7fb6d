/** Cards on which only the security officer makes keys and writes certificates: who logs in when, and with what. */

import { announce } from '../card-access/entry-on-reader.js';
import { askIssuerSecret, assertIssuerSecretUsable } from '../card-access/issuer-secret.js';
import { counting, warnOfFailures } from '../card-access/log-in.js';
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { isCkr } from '../pkcs11/errors.js';
import { loginSecurityOfficer, logout } from '../pkcs11/pin.js';
import { PIN_PAD, type PinEntry } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';

/**
 * Asks for the PIN of the security officer where the card wants it written by them.
 * @returns what ends the user's login and begins the officer's: one attempt, counted as any; undefined where the user writes to the card
 * @throws LyncauthError SO_PIN_LOCKED, PIN_FINAL_TRY, INPUT_REQUIRED; the returned function SO_PIN_INCORRECT, and PIN_POLICY for what cannot be one
 */
export async function askOfficer(
  context: Context,
  session: CardSession,
  sources: { soPinFile?: string | undefined },
): Promise<(() => void) | undefined> {
  if (session.driver.createAs !== 'so') return undefined;
  warnOfFailures(context, session.tokenInfo(), 'SO PIN');
  assertIssuerSecretUsable(context, session, 'SO PIN');
  const soPin = await askIssuerSecret(context, session, 'SO PIN', sources);
  return () => {
    logout(session);
    if (soPin === PIN_PAD) announce(context, 'SO PIN');
    counting(context, session, 'SO PIN', (allowFinalTry) => logInOfficer(session, soPin, allowFinalTry));
  };
}

/** Before servers are asked. @throws LyncauthError SO_PIN_LOCKED, PIN_FINAL_TRY */
export function refuseBlockedOfficer(context: Context, session: CardSession): void {
  if (session.driver.createAs === 'so') assertIssuerSecretUsable(context, session, 'SO PIN');
}

/**
 * Cards that the driver cannot write to: found out before anybody is asked for a password or a PIN.
 * @throws LyncauthError CARD_UNSUPPORTED
 */
export function refuseReadOnly(session: CardSession): void {
  const { readsOnly, name } = session.driver;
  const { label, manufacturer } = session.tokenInfo();
  if (readsOnly === undefined || !readsOnly.manufacturer.test(manufacturer)) return;
  throw new LyncauthError('CARD_UNSUPPORTED', `${name} makes no keys and writes no certificates on PIV cards such as "${label}"`, {
    hint: `use ${readsOnly.writers}`,
  });
}

function logInOfficer(session: CardSession, soPin: PinEntry, allowFinalTry: boolean): void {
  try {
    loginSecurityOfficer(session, soPin, { allowFinalTry });
  } catch (error) {
    if (!isCkr(error, 'CKR_ARGUMENTS_BAD', 'CKR_PIN_LEN_RANGE', 'CKR_PIN_INVALID')) throw error;
    const { name, soPinIs = 'another one' } = session.driver;
    throw new LyncauthError('PIN_POLICY', `what was given is no SO PIN for the driver ${name}: it is ${soPinIs}`, {
      hint: 'give --so-pin-file FILE with the right one (no try was spent)',
      details: (error as LyncauthError).details,
      cause: error,
    });
  }
}
