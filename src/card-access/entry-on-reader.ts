/** PINs that a person types on the reader's own keys: announced here, taken by the card when it is asked. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { preparePinPad } from '../pkcs11/pin-calls.js';
import { PIN_PAD } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';

/** A flag that could have given it, were there no PIN pad. */
interface Given {
  flag: string;
  file?: string | undefined;
}

/**
 * Makes the PIN pad ready; announce() tells the person when to use it.
 * @param what - `current PIN`
 * @throws LyncauthError INPUT_REQUIRED where nobody is at the reader, ADDON_MISSING where this installation cannot use a PIN pad
 */
export async function entryOnReader(context: Context, session: CardSession, what: string, given: Given): Promise<typeof PIN_PAD> {
  const { label } = session.card;
  if (!context.prompter.interactive) {
    throw new LyncauthError('INPUT_REQUIRED', `the ${what} of card "${label}" is entered on the keys of its reader`, {
      hint: 'run the command at a terminal, with somebody at the reader',
    });
  }
  await preparePinPad(session);
  if (given.file !== undefined)
    context.progress.note(`${given.flag} is not used: the reader of card "${label}" takes PINs on its own keys`);
  return PIN_PAD;
}

/** Says what is to be typed now, in order: `announce(context, 'current PIN', 'new PIN', 'new PIN again')`. */
export function announce(context: Context, ...entries: string[]): void {
  context.progress.note(`enter on the reader: ${entries.join(', then ')}`, { forPerson: true });
}
