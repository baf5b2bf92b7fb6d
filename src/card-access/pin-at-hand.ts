/** What can be settled about the PIN before servers are met: a change that the card insists on, and a file that may not be usable. Asks no server. */
import type { Context } from '../context.js';
import type { CardModule } from '../pkcs11/module.js';
import type { CardSession } from '../pkcs11/session.js';
import type { Secret } from '../secret.js';
import type { CardReader } from './choose-card.js';
import { askPin, type PinSource } from './log-in.js';
import { askNewPin, pinChangeRequired, replacePin } from './new-pin.js';

/**
 * The PIN, where it is known before it is needed: out of its file, or the one that a person has just set. A card that wants its PIN changed first
 * signs nothing until then: a person is offered to change it now, and unattended nothing is begun.
 *
 * @returns undefined where askPin() is to ask for it later, when it is needed
 * @throws LyncauthError PIN_CHANGE_REQUIRED; as askPin(), askNewPin() and replacePin()
 */
export async function pinAtHand(context: Context, module: CardModule, reader: CardReader, source: PinSource): Promise<Secret | undefined> {
  const mustChange = reader.token.pin.state === 'must-change';
  if (!mustChange && source.pinFile === undefined) return undefined;
  const session = module.openSession(reader, mustChange ? 'read-write' : 'read-only');
  try {
    return mustChange ? await changeNow(context, session, source) : await askPin(context, session, source);
  } finally {
    session.close();
  }
}

async function changeNow(context: Context, session: CardSession, source: PinSource): Promise<Secret> {
  const { prompter, progress } = context;
  const token = session.tokenInfo();
  const refused = pinChangeRequired(token, 'lyncauth change-pin');
  if (!prompter.interactive) throw refused;
  const message = `Card "${token.label}" wants its PIN changed before it is used. Change it now?`;
  if (!(await prompter.confirm({ message, flag: 'it, or run lyncauth change-pin first', default: true }))) throw refused;
  const current = await askPin(context, session, source, { what: 'current PIN' });
  const next = await askNewPin(context, session, undefined, current);
  replacePin(context, session, current, next);
  progress.note(`the PIN of card "${token.label}" is changed`);
  return next;
}
