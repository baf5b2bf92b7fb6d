/** The PIN that an enrollment has changed, or was changing when its run died: found out without spending a try on the old one. */
import { removeChangeMark } from '../card-access/change-mark.js';
import { askPin, isDefaultPin, logIn } from '../card-access/log-in.js';
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { isMarkedForChange } from '../pkcs11/first-use.js';
import type { PinEntry } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';
import type { PinAnswers } from './answers.js';
import type { EnrollmentRecord, Journal } from './journal.js';
import { isUnderWay } from './open-requests.js';

/** What it takes to log in for an enrollment. */
export interface Unlocking {
  readonly context: Context;
  readonly session: CardSession;
  readonly record: EnrollmentRecord;
  readonly journal: Journal;
  readonly options: PinAnswers;
}

/**
 * The PIN that an earlier run set, or was about to. What gave the old one is not asked for it: the file, or the variable, may still hold the old one,
 * and each run would spend a try on it.
 */
export async function askChangedPin(context: Context, session: CardSession, { pinFile, newPinFile }: PinAnswers): Promise<PinEntry> {
  if (pinFile !== undefined && newPinFile === undefined)
    context.progress.note('this enrollment changes the PIN: the new one is not taken from --pin-file');
  const pin = await askPin(context, session, { pinFile: newPinFile }, { what: 'new PIN', isNew: true });
  if (!isDefaultPin(session, pin)) return pin;
  throw new LyncauthError('PIN_POLICY', 'this is not the new PIN but a default that manufacturers publish', {
    hint: 'give --new-pin-file FILE (nothing was sent to the card: no try was spent)',
  });
}

/** Whether a run died between the proof of the old PIN and the answer to the change. */
export function isChangeInterrupted({ step, pinChanging }: EnrollmentRecord): boolean {
  return step === 'changing-pin' || pinChanging === true;
}

/**
 * Changes the PIN between two entries in the journal. A record that has a key keeps its step.
 * @param change - calls its argument right before the change
 * @returns the new PIN; nobody is logged in
 */
export async function changeJournaled(
  { session, record, journal }: Unlocking,
  change: (changing: () => void) => PinEntry | Promise<PinEntry>,
): Promise<PinEntry> {
  const { step } = record;
  const underWay = isUnderWay(record);
  let changing = false;
  const begin = () => {
    journal.advance(record, underWay ? step : 'changing-pin', {
      markedBefore: isMarkedForChange(session) || undefined,
      pinChanging: underWay || undefined,
    });
    changing = true;
  };
  try {
    const next = await change(begin);
    journal.advance(record, underWay ? step : 'pin-changed', { pinChanged: true, pinChanging: undefined });
    return next;
  } catch (error) {
    // Where the card has said no, the old PIN holds.
    if (changing && !isLyncauthError(error, 'PIN_CHANGE_UNKNOWN')) notChanged(record, journal);
    throw error;
  }
}

/** A run died while it changed the PIN: the new one is tried once, the old one never. */
export async function finishInterruptedChange(unlocking: Unlocking): Promise<PinEntry> {
  const { context, session, record, journal, options } = unlocking;
  context.progress.note('an interrupted run was changing the PIN: trying the new one, once');
  const next = await askChangedPin(context, session, options);
  try {
    logIn(context, session, next, 'new PIN');
  } catch (error) {
    if (!isLyncauthError(error, 'PIN_INCORRECT')) throw error;
    notChanged(record, journal);
    throw new LyncauthError('PIN_INCORRECT', `${error.message}: the interrupted run did not change the PIN`, {
      hint: 'run the command again: it will use the old PIN',
      details: error.details,
      cause: error,
    });
  }
  journal.advance(record, isUnderWay(record) ? record.step : 'pin-changed', { pinChanged: true, pinChanging: undefined });
  removeOldMark(unlocking);
  return next;
}

/** With the PIN that this enrollment set. */
export async function logInChanged(unlocking: Unlocking): Promise<PinEntry> {
  const { context, session, options } = unlocking;
  const pin = await askChangedPin(context, session, options);
  logIn(context, session, pin, 'new PIN');
  removeOldMark(unlocking);
  return pin;
}

/** The mark that the card bore before the change, where the run that changed the PIN died before it took it off, or could not. The session is logged in. */
export function removeOldMark({ context, session, record, journal }: Unlocking): void {
  if (record.markedBefore !== true) return;
  removeChangeMark(context, session);
  if (!isMarkedForChange(session)) journal.advance(record, record.step, { markedBefore: undefined });
}

function notChanged(record: EnrollmentRecord, journal: Journal): void {
  journal.advance(record, isUnderWay(record) ? record.step : 'planned', { pinChanging: undefined, markedBefore: undefined });
}
