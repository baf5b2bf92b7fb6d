/** What can be settled about the PIN before servers are met: a change that is due first, and a file that may not be usable. Asks no server. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { mustChangePin } from '../pkcs11/first-use.js';
import type { CardModule } from '../pkcs11/module.js';
import { PIN_PAD, type PinEntry } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';
import { askPin, isDefaultPin, type PinSource } from './log-in.js';
import { askNewPin, pinChangeRequired, replacePin } from './new-pin.js';

/** Where the PIN comes from, and the new one where it is changed first. */
export interface NewPinSource extends PinSource {
  newPinFile?: string | undefined;
}

/**
 * The PIN, where it is known before it is needed: out of its file, or the one that a person has just set. A card whose PIN is to be changed first, by
 * its own flag or because it was marked when it was enrolled, is not used until then: a person is offered to change it now, and unattended nothing is begun.
 *
 * @param session - of the command with the card; a read-only one is left as it is, and the change has a session of its own
 * @returns undefined where askPin() is to ask for it later, when it is needed; what is typed on the reader is typed then
 * @throws LyncauthError PIN_CHANGE_REQUIRED; as askPin(), askNewPin() and replacePin()
 */
export async function pinAtHand(
  context: Context,
  module: CardModule,
  session: CardSession,
  source: NewPinSource,
): Promise<PinEntry | undefined> {
  if (!mustChangePin(session)) {
    const later = source.pinFile === undefined || (context.prompter.interactive && session.tokenInfo().pinPad);
    return later ? undefined : await askPin(context, session, source);
  }
  const writable = session.mode === 'read-write' ? session : module.openSession(session.reader, 'read-write');
  try {
    const pin = await changeFirst(context, writable, source);
    return pin === PIN_PAD ? undefined : pin;
  } finally {
    if (writable !== session) writable.close();
  }
}

/**
 * Offers to change the PIN of a card that must not be used before.
 * @param session - read-write, not logged in
 * @param changing - called between the proof of the current PIN and the change
 * @returns the new PIN
 * @throws LyncauthError PIN_CHANGE_REQUIRED where nobody is there, or the person does not want to; as askPin(), askNewPin() and replacePin()
 */
export async function changeFirst(
  context: Context,
  session: CardSession,
  source: NewPinSource,
  changing: () => void = () => {},
): Promise<PinEntry> {
  const { prompter, progress } = context;
  const { label } = session.tokenInfo();
  const refused = pinChangeRequired(session.tokenInfo(), 'lyncauth change-pin');
  if (!prompter.interactive) throw refused;
  const message = `Card "${label}" wants its PIN changed before it is used. Change it now?`;
  if (!(await prompter.confirm({ message, flag: 'it, or run lyncauth change-pin first', default: true }))) throw refused;
  const current = await askPin(context, session, source, { what: 'current PIN' });
  const next = await askNewPin(context, session, source.newPinFile, current);
  replacePin(context, session, current, next, changing);
  progress.note(`the PIN of card "${label}" is changed`);
  return next;
}

/**
 * Whether a PIN that manufacturers publish is to be changed now, as the person decides; false for any other PIN.
 * @param unattended - for the errors: the flag that decides, and what else can be done where nobody does
 * @throws LyncauthError PIN_CHANGE_REQUIRED where nobody is there; the card has not seen the PIN
 */
export async function wantsDefaultChanged(
  { prompter }: Context,
  session: CardSession,
  pin: PinEntry,
  unattended: { flag: string; hint: string },
): Promise<boolean> {
  if (!isDefaultPin(session, pin)) return false;
  const { flag, hint } = unattended;
  if (prompter.interactive)
    return await prompter.confirm({ message: 'This PIN is a default that everybody knows. Change it now?', flag, default: true });
  throw new LyncauthError('PIN_CHANGE_REQUIRED', `the PIN of card "${session.card.label}" is a default that manufacturers publish`, {
    hint,
  });
}
