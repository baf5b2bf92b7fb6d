/** How a PIN comes to the card: as a secret that this program was given, or by the reader's own keys. */
import type { Secret } from '../secret.js';

/** A PIN that is typed on the reader (CKF_PROTECTED_AUTHENTICATION_PATH, PKCS#11 v2.40 section 5.5): this program never sees it. */
export const PIN_PAD: unique symbol = Symbol('PIN pad');

/** PIN, PUK, or PIN of the security officer. */
export type PinEntry = Secret | typeof PIN_PAD;
