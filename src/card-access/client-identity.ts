/** A key and its certificate as what TLS client authentication wants. Connects to nothing. */
import { PIN_PAD, type PinEntry } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';
import { type ContextPin, createSigner } from '../pkcs11/signer.js';
import type { KeyEntry } from '../pkcs11/types.js';
import { formatUri } from '../pkcs11/uri.js';
import type { ClientIdentity } from '../signer.js';

export interface IdentityLogin {
  /** The PIN that logged `session` in. */
  pin: PinEntry;
  /** Called for each signature of a key that wants the PIN for it. */
  contextPin?: ContextPin;
}

/**
 * The identity that `key` proves; the session stays open while it is used. Another program may open the card by itself (`external`) only where it
 * can: it must be able to name the key, and to give the one PIN, which neither a PIN pad nor a key with a PIN for each signature takes from it.
 * @param certificate X.509, DER
 * @throws KEY_NOT_FOUND, CARD_UNSUPPORTED as createSigner() does
 */
export function clientIdentity(session: CardSession, key: KeyEntry, certificate: Buffer, login: IdentityLogin): ClientIdentity {
  const { pin, contextPin } = login;
  const signer = createSigner(session, key, contextPin === undefined ? {} : { contextPin });
  const { label, serial, pinPad } = session.tokenInfo();
  if (pin === PIN_PAD || pinPad || key.alwaysAuthenticate || key.id.length === 0) return { certificate, signer };
  // no more than is needed: programs differ in how they compare manufacturer, model and labels
  const uri = formatUri({ label, serial, manufacturer: '', model: '' }, { id: key.id, label: '' });
  return { certificate, signer, external: { modulePath: session.modulePath, uri, pin } };
}
