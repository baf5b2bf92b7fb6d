/** Logs in to the card for an enrollment, changing the PIN first where that was asked for; the journal remembers how far it came. */
import { askPin, isDefaultPin, logIn } from '../card-access/log-in.js';
import { askNewPin, pinChangeRequired, replacePin } from '../card-access/new-pin.js';
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { CardSession } from '../pkcs11/session.js';
import type { Secret } from '../secret.js';
import type { EnrollmentRecord, Journal } from './journal.js';
import { isUnderWay } from './open-requests.js';

export interface UnlockOptions {
  pinFile?: string | undefined;
  newPinFile?: string | undefined;
  pinChange?: 'now' | 'never' | undefined;
}

/**
 * Leaves `session` logged in.
 * @returns the PIN that is valid now
 * @throws LyncauthError PIN_CHANGE_REQUIRED when a default PIN, or the card, asks for a decision that nobody can be asked for; PIN_INCORRECT and the like
 */
export async function unlock(
  context: Context,
  session: CardSession,
  record: EnrollmentRecord,
  journal: Journal,
  options: UnlockOptions,
): Promise<Secret> {
  if (record.step === 'changing-pin') return await finishInterruptedChange(context, session, record, journal, options);
  if (record.pinChanged) return await logInWith(context, session, await askChangedPin(context, session, options));
  if (isUnderWay(record)) return await logInUnchanged(context, session, options);
  const pin = await askPin(context, session, options);
  if (!(await wantsChange(context, session, pin, options))) {
    if (options.newPinFile !== undefined)
      context.progress.warn('the PIN is not changed to that of --new-pin-file without --pin-change now');
    return await logInWith(context, session, pin);
  }
  const next = await askNewPin(context, session, options.newPinFile, pin);
  let changing = false;
  const atChange = () => {
    journal.advance(record, 'changing-pin');
    changing = true;
  };
  try {
    replacePin(context, session, pin, next, atChange);
  } catch (error) {
    // Where the card has said no, the old PIN holds.
    if (changing && !isLyncauthError(error, 'PIN_CHANGE_UNKNOWN')) journal.advance(record, 'planned');
    throw error;
  }
  journal.advance(record, 'pin-changed', { pinChanged: true });
  return await logInWith(context, session, next);
}

/** The PIN is changed before the key is made or not at all: the journal has room for one thing at a time. */
async function logInUnchanged(context: Context, session: CardSession, options: UnlockOptions): Promise<Secret> {
  const token = session.tokenInfo();
  if (token.pin.state === 'must-change') throw pinChangeRequired(token, 'lyncauth change-pin');
  const pin = await askPin(context, session, options);
  if (options.pinChange === 'now' || options.newPinFile !== undefined || isDefaultPin(session, pin)) {
    context.progress.warn('the PIN stays as it is while an enrollment is finished; lyncauth change-pin changes it');
  }
  return await logInWith(context, session, pin);
}

/**
 * The PIN that an earlier run set, or was about to. What gave the old one is not asked for it: the file, or the variable, may still hold the old one,
 * and each run would spend a try on it.
 */
async function askChangedPin(context: Context, session: CardSession, { pinFile, newPinFile }: UnlockOptions): Promise<Secret> {
  if (pinFile !== undefined && newPinFile === undefined)
    context.progress.note('this enrollment changes the PIN: the new one is not taken from --pin-file');
  const pin = await askPin(context, session, { pinFile: newPinFile }, { what: 'new PIN', isNew: true });
  if (!isDefaultPin(session, pin)) return pin;
  throw new LyncauthError('PIN_POLICY', 'this is not the new PIN but a default that manufacturers publish', {
    hint: 'give --new-pin-file FILE (nothing was sent to the card: no try was spent)',
  });
}

/** An earlier run died between the proof of the old PIN and the answer to the change: the new one is tried once, the old one never. */
async function finishInterruptedChange(
  context: Context,
  session: CardSession,
  record: EnrollmentRecord,
  journal: Journal,
  options: UnlockOptions,
): Promise<Secret> {
  context.progress.note('an interrupted run was changing the PIN: trying the new one, once');
  const next = await askChangedPin(context, session, options);
  try {
    logIn(context, session, next);
  } catch (error) {
    if (!isLyncauthError(error, 'PIN_INCORRECT')) throw error;
    journal.advance(record, 'planned');
    throw new LyncauthError('PIN_INCORRECT', `${error.message}: the interrupted run did not change the PIN`, {
      hint: 'run the command again: it will use the old PIN',
      details: error.details,
      cause: error,
    });
  }
  journal.advance(record, 'pin-changed', { pinChanged: true });
  return next;
}

async function wantsChange(context: Context, session: CardSession, pin: Secret, options: UnlockOptions): Promise<boolean> {
  const token = session.tokenInfo();
  if (options.pinChange === 'now') return true;
  if (token.pin.state === 'must-change') {
    if (!context.prompter.interactive) throw pinChangeRequired(token, 'add --pin-change now --new-pin-file FILE');
    return true;
  }
  if (!isDefaultPin(session, pin)) return false;
  if (options.pinChange === 'never') {
    context.progress.warn('the PIN is a default that manufacturers publish: anybody who finds the card can use it');
    return false;
  }
  if (!context.prompter.interactive) {
    throw new LyncauthError('PIN_CHANGE_REQUIRED', `the PIN of card "${token.label}" is a default that manufacturers publish`, {
      hint: 'add --pin-change now --new-pin-file FILE (or --pin-change never)',
    });
  }
  return await context.prompter.confirm({
    message: 'This PIN is a default that everybody knows. Change it now?',
    flag: '--pin-change',
    default: true,
  });
}

async function logInWith(context: Context, session: CardSession, pin: Secret): Promise<Secret> {
  logIn(context, session, pin);
  return pin;
}
