/** `--abandon`: drops an enrollment that is open, with its key where the card is there; a lost card holds up nobody. */
import { warnOfFailures } from '../card-access/log-in.js';
import type { Context, Outcome } from '../context.js';
import { LyncauthError } from '../errors.js';
import type { CardModule } from '../pkcs11/module.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import type { EnrollAnswers } from './answers.js';
import { abandon, madeKey } from './discard.js';
import { isMarkLeft } from './first-use.js';
import { type EnrollmentRecord, type Journal, keyOf } from './journal.js';
import { ownCertificate } from './on-card.js';
import { stillOpen } from './open-requests.js';
import { reportAbandoned, reportInstalled, reportLost } from './report-open.js';
import { unlock } from './unlock.js';

/**
 * Drops `record` after asking. Where its certificate is on the card already there is nothing to drop: the card is enrolled and stays so.
 * @throws LyncauthError FAILED when the person says no, INPUT_REQUIRED, and as unlock()
 */
export async function drop(
  context: Context,
  answers: EnrollAnswers,
  journal: Journal,
  session: CardSession,
  record: EnrollmentRecord,
): Promise<Outcome> {
  const installed = ownCertificate(record, session);
  if (installed !== undefined) {
    journal.close(record);
    return reportInstalled(record, installed.info);
  }
  const message = `Drop ${describe(record)}${record.plan.slot === undefined ? ' and its key' : ''}?`;
  if (answers.yes !== true && !(await context.prompter.confirm({ message, flag: '--yes', default: false }))) {
    throw new LyncauthError('FAILED', 'nothing was dropped');
  }
  if (madeKey(record) !== undefined || isMarkLeft(record, session)) {
    warnOfFailures(context, session.tokenInfo());
    await unlock({ context, session, record, journal, options: answers });
  }
  return reportAbandoned(record, abandon(record, { session, journal }));
}

/**
 * Whether the card of `record` is not to be waited for. At a terminal the person knows; an unattended run takes what is not there for lost, with --yes.
 * @throws LyncauthError INPUT_REQUIRED where nobody consents
 */
export async function isCardLost(context: Context, module: CardModule, record: EnrollmentRecord, answers: EnrollAnswers): Promise<boolean> {
  if (answers.wait !== undefined || !mayMean(answers.card, record)) return false;
  // A card that the driver cannot read now may be the one.
  if (module.readers().some(({ present, token }) => present && (token === undefined || cardKey(token) === keyOf(record).card)))
    return false;
  if (answers.yes === true && !context.prompter.interactive) return true;
  return await context.prompter.confirm({
    message: `Card "${record.cardLabel}" is not in a reader. Is it lost, so that ${describe(record)} is to be dropped without it?`,
    flag: '--yes',
    default: false,
  });
}

/** Drops the record alone: what is on the card stays there. @throws LyncauthError REQUEST_NOT_FOUND when another run has ended it */
export function dropLost(journal: Journal, guessed: EnrollmentRecord): Outcome {
  const record = stillOpen(journal, guessed);
  journal.close(record);
  return reportLost(record);
}

function mayMean(card: string | undefined, { serial, cardLabel }: EnrollmentRecord): boolean {
  return card === undefined || [serial, cardLabel].some((name) => name.toLowerCase() === card.toLowerCase());
}

function describe({ requestId, plan }: EnrollmentRecord): string {
  return `the request ${requestId ?? '(not sent)'} at ${plan.ca}`;
}
