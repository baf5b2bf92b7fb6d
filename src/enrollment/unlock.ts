/** Logs in to the card for an enrollment, changing the PIN first where that was asked for; the journal remembers how far it came. */
import { askPin, isDefaultPin, logIn } from '../card-access/log-in.js';
import { askNewPin, pinChangeRequired, replacePin } from '../card-access/new-pin.js';
import { changeFirst, wantsDefaultChanged } from '../card-access/pin-at-hand.js';
import type { Context } from '../context.js';
import { mustChangePin } from '../pkcs11/first-use.js';
import type { PinEntry } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';
import type { PinAnswers } from './answers.js';
import {
  changeJournaled,
  finishInterruptedChange,
  isChangeInterrupted,
  logInChanged,
  removeOldMark,
  type Unlocking,
} from './changed-pin.js';
import type { EnrollmentRecord } from './journal.js';
import { isUnderWay } from './open-requests.js';

/**
 * Leaves `session` logged in.
 * @returns the PIN that is valid now
 * @throws LyncauthError PIN_CHANGE_REQUIRED when a default PIN, or the card, asks for a decision that nobody can be asked for; PIN_INCORRECT and the like
 */
export async function unlock(unlocking: Unlocking): Promise<PinEntry> {
  const { context, session, record, options } = unlocking;
  if (isChangeInterrupted(record)) return await finishInterruptedChange(unlocking);
  if (record.pinChanged) return await logInChanged(unlocking);
  refuseForcedChange(context, session, record, options);
  if (isUnderWay(record)) return await logInUnchanged(unlocking);
  const pin = await askPin(context, session, options);
  if (!(await wantsChange(unlocking, pin))) {
    if (options.newPinFile !== undefined && options.pinChange === undefined)
      context.progress.warn('the PIN is not changed to that of --new-pin-file without --pin-change now');
    return await logInWith(context, session, pin);
  }
  const next = await askNewPin(context, session, options.newPinFile, pin);
  return await changeAndLogIn(unlocking, (changing) => {
    replacePin(context, session, pin, next, changing);
    return next;
  });
}

async function changeAndLogIn(unlocking: Unlocking, change: Parameters<typeof changeJournaled>[1]): Promise<PinEntry> {
  const next = await changeJournaled(unlocking, change);
  logIn(unlocking.context, unlocking.session, next);
  removeOldMark(unlocking);
  return next;
}

/**
 * Ends an unattended run on a card whose PIN is to be changed first, unless its flags see to that, or the enrollment that it goes on with did. The mark
 * that an enrollment made itself does not stop it.
 * @param record - the enrollment that is open
 * @throws LyncauthError PIN_CHANGE_REQUIRED; nothing was begun, and the card saw no PIN
 */
export function refuseForcedChange(
  context: Context,
  session: CardSession,
  record: EnrollmentRecord | undefined,
  { pinChange }: PinAnswers,
): void {
  if (context.prompter.interactive || pinChange === 'at-first-use' || record?.atFirstUse === true) return;
  if (record !== undefined && (isChangeInterrupted(record) || record.pinChanged)) return;
  if (!mustChangePin(session)) return;
  if (record !== undefined && isUnderWay(record)) throw pinChangeRequired(session.tokenInfo(), 'lyncauth change-pin');
  if (pinChange !== 'now') throw pinChangeRequired(session.tokenInfo(), 'add --pin-change now --new-pin-file FILE');
}

/**
 * Once there is a key, the PIN is not changed as a part of the enrollment. A change that the card waits for comes first, at a terminal.
 */
async function logInUnchanged(unlocking: Unlocking): Promise<PinEntry> {
  const { context, session, record, options } = unlocking;
  if (record.atFirstUse !== true && mustChangePin(session)) {
    return await changeAndLogIn(unlocking, (changing) => changeFirst(context, session, options, changing));
  }
  const pin = await askPin(context, session, options);
  const weak = record.atFirstUse !== true && isDefaultPin(session, pin);
  const wanted = options.pinChange === 'now' || (options.newPinFile !== undefined && options.pinChange === undefined);
  if (wanted || weak) {
    context.progress.warn('the PIN stays as it is while an enrollment is finished; lyncauth change-pin changes it');
  }
  return await logInWith(context, session, pin);
}

async function wantsChange({ context, session, record, options }: Unlocking, pin: PinEntry): Promise<boolean> {
  const { label } = session.card;
  if (options.pinChange === 'now') return true;
  if (record.atFirstUse === true) return false;
  if (mustChangePin(session)) {
    context.progress.note(`card "${label}" wants its PIN changed before it is used`);
    return true;
  }
  if (options.pinChange === 'never' && isDefaultPin(session, pin)) {
    context.progress.warn('the PIN is a default that manufacturers publish: anybody who finds the card can use it');
    return false;
  }
  return await wantsDefaultChanged(context, session, pin, {
    flag: '--pin-change',
    hint: 'add --pin-change now --new-pin-file FILE (or --pin-change at-first-use, or never)',
  });
}

async function logInWith(context: Context, session: CardSession, pin: PinEntry): Promise<PinEntry> {
  logIn(context, session, pin);
  return pin;
}
