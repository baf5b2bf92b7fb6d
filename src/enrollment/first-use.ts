/** `--pin-change at-first-use`: the card is marked, so that nobody uses it before its user has changed the PIN. */
import { askPin, logIn } from '../card-access/log-in.js';
import { changeFirst } from '../card-access/pin-at-hand.js';
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { isMarkedForChange, markForChange, mustChangePin, tryMark } from '../pkcs11/first-use.js';
import type { CardSession } from '../pkcs11/session.js';
import type { EnrollAnswers } from './answers.js';
import type { EnrollmentRecord } from './journal.js';
import type { EnrollmentTools } from './tools.js';

type Marking = Pick<EnrollmentTools, 'session' | 'journal' | 'now'>;

/** Before a key is made: whether the card can be marked, where `record` wants that. @throws LyncauthError CARD_UNSUPPORTED and the like */
export function findOutMark(record: EnrollmentRecord, { session, journal, now }: Marking): void {
  if (record.atFirstUse !== true || mustChangePin(session)) return;
  journal.advance(record, record.step, { markTried: true });
  tryMark(session, now());
  journal.advance(record, record.step, { markTried: undefined });
}

/** Whether a run of `record` died while it found that out, and left the mark. */
export function isMarkLeft({ markTried }: EnrollmentRecord, session: CardSession): boolean {
  return markTried === true && isMarkedForChange(session);
}

/**
 * Marks the card, where `record` wants that; once.
 * @throws LyncauthError of the card, saying that the certificate is installed: the record stays, and the same command tries again
 */
export function markCard({ atFirstUse }: EnrollmentRecord, { session, now }: Omit<Marking, 'journal'>): void {
  if (atFirstUse !== true) return;
  try {
    markForChange(session, now());
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    throw new LyncauthError(
      error.code,
      `the certificate is installed, but the card is not marked for a change of its PIN: ${error.message}`,
      {
        hint: 'run the command again, or do without the mark: lyncauth enroll --abandon (the certificate stays)',
        details: error.details,
        cause: error,
      },
    );
  }
}

/**
 * What a run does about the PIN of a card that it finds enrolled already. A change that is due comes first. An unattended run marks nothing now: where
 * the mark is gone, the user has changed the PIN, and a job that runs every night must neither ask for that again nor spend tries on the PIN that was.
 * @throws LyncauthError PIN_CHANGE_REQUIRED; as askPin(), logIn() and markForChange()
 */
export async function settlePin(context: Context, session: CardSession, answers: EnrollAnswers): Promise<void> {
  const { prompter, progress } = context;
  const { label } = session.tokenInfo();
  const due = mustChangePin(session);
  if (due && answers.pinChange !== 'at-first-use') await changeFirst(context, session, answers);
  else if (answers.pinChange === 'now') progress.warn('the PIN was not changed; lyncauth change-pin changes it');
  else if (answers.pinChange === 'at-first-use' && !due) {
    if (!prompter.interactive) {
      progress.warn(
        `card "${label}" is not marked now: its user may have changed the PIN already; at a terminal the same command marks it`,
      );
      return;
    }
    const message = `Card "${label}" is enrolled already. Is its user to change the PIN at first use?`;
    if (!(await prompter.confirm({ message, flag: '--pin-change', default: true }))) return;
    logIn(context, session, await askPin(context, session, answers));
    markForChange(session, context.now());
  }
}
