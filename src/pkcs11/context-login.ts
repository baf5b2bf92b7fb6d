/** The PIN once more, for one signature of a key that wants it (CKA_ALWAYS_AUTHENTICATE, PKCS#11 v2.40 section 4.9). Must not import native code. */
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { CKU } from './cryptoki.js';
import { logoutQuietly } from './pin.js';
import { callLogin } from './pin-calls.js';
import { PIN_PAD, type PinEntry } from './pin-entry.js';
import { assertLoginAllowed, loginFailure } from './pin-policy.js';
import type { CardSession } from './session.js';

// an RSA-4096 signature has 512 bytes
const ANY_SIGNATURE = 512;

/**
 * One context-specific login. A PIN that is refused ends the login of the session too: the card has forgotten it, OpenSC and ykcs11 have not, and
 * neither logs in again nor signs before it is told.
 * @param start - begins the signature that the PIN is for
 * @param refused - the PIN that the card has refused for a signature before
 * @throws PIN_FINAL_TRY, PIN_POLICY and, for `refused`, PIN_INCORRECT before the card sees anything; PIN_INCORRECT and PIN_LOCKED as login()
 */
export function logInForSignature(session: CardSession, pin: PinEntry, start: () => void, refused: PinEntry | undefined): void {
  assertUsable(session, pin, refused);
  start();
  try {
    callLogin(session, CKU.CONTEXT_SPECIFIC, pin);
  } catch (error) {
    const failure = loginFailure(session, error);
    endSignature(session);
    logoutQuietly(session);
    throw failure;
  }
}

/** Another signature is no reason to spend another try on what was refused. */
function assertUsable(session: CardSession, pin: PinEntry, refused: PinEntry | undefined): void {
  const token = assertLoginAllowed(session, pin, { allowFinalTry: false });
  if (pin === PIN_PAD || !(refused instanceof Secret) || !refused.equals(pin)) return;
  throw new LyncauthError('PIN_INCORRECT', `the PIN of card "${token.label}" is wrong: the card has refused it already`, {
    hint: 'nothing was sent to the card: no try was spent',
    details: { pinState: token.pin.state },
  });
}

/** A started signature can only be ended by C_Sign (PKCS#11 v2.40 section 5.11), which fails here for want of a login. */
function endSignature(session: CardSession): void {
  try {
    session.run('ending a signature', (lib, handle) => lib.C_Sign(handle, Buffer.alloc(1), Buffer.alloc(ANY_SIGNATURE)));
  } catch {
    // expected
  }
}
