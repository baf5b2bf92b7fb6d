/** `lyncauth enroll`: the CA's address, the card, the account, the request, the PIN, the certificate: installed. */
import { chooseCard } from '../card-access/choose-card.js';
import { pinAfterwards, warnOfFailures } from '../card-access/log-in.js';
import { openModule } from '../card-access/open-module.js';
import type { Context, Outcome } from '../context.js';
import { type EnrollAnswers, type EnrollOptions, resolveAnswers } from '../enrollment/answers.js';
import { connectCa } from '../enrollment/connect-ca.js';
import { refuseMissingConsent } from '../enrollment/consent.js';
import { refuseContradictions, refuseIdOfNewKey } from '../enrollment/contradictions.js';
import { drop, dropLost, isCardLost } from '../enrollment/drop.js';
import { enroll } from '../enrollment/enroll.js';
import { type EnrolledCertificate, findEnrolled } from '../enrollment/enrolled.js';
import { settlePin } from '../enrollment/first-use.js';
import { cardOf, type EnrollmentRecord, Journal, keyOf } from '../enrollment/journal.js';
import { refuseOccupiedUnattended } from '../enrollment/key-slot.js';
import { refuseBlockedOfficer, refuseReadOnly } from '../enrollment/officer.js';
import { guessOpen, isUnderWay, notOpen, openRecord } from '../enrollment/open-requests.js';
import { askPlan } from '../enrollment/questions.js';
import { reportPlan, reportResult, reportUnchanged } from '../enrollment/report.js';
import { reportOpen, reportUnderWay } from '../enrollment/report-open.js';
import { settleSubmission } from '../enrollment/settle.js';
import { toolsFor } from '../enrollment/tools-for.js';
import { refuseForcedChange } from '../enrollment/unlock.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { assertMarkable } from '../pkcs11/first-use.js';
import { listKeys } from '../pkcs11/keys.js';
import { assertPinUsable } from '../pkcs11/pin.js';
import { cardKey, cardSelector } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import { withLock } from '../store/locks.js';

/** @throws LyncauthError as enroll() and unlock(); INPUT_REQUIRED for a missing answer; BUSY while another run holds the card */
export async function run(context: Context, options: EnrollOptions): Promise<Outcome> {
  refuseContradictions(options);
  const journal = new Journal(context.paths.journalDir);
  const open = journal.all();
  if (options.resume === true && open.length !== 1) return reportOpen(open);
  const resumed = options.resume !== undefined || options.abandon === true ? guessOpen(open, options.resume) : undefined;
  const answers = await resolveAnswers(context, options, resumed);
  const module = await openModule(context, answers);
  if (options.abandon === true && resumed !== undefined && (await isCardLost(context, module, resumed, answers))) {
    return await withLock(context.paths, keyOf(resumed).card, async () => dropLost(journal, resumed));
  }
  const reader = await chooseCard(context, module, { ...answers, card: answers.card ?? (resumed && cardSelector(cardOf(resumed))) });
  return await withLock(context.paths, cardKey(reader.token), async () => {
    const session = module.openSession(reader, 'read-write');
    try {
      const record = openRecord(journal, reader.token, options, answers, resumed);
      if (options.abandon === true) {
        if (record === undefined) throw notOpen(`no enrollment of card "${reader.token.label}" is open`);
        return await drop(context, answers, journal, session, record);
      }
      return await enrollCard(context, options, answers, journal, session, record);
    } finally {
      session.close();
    }
  });
}

async function enrollCard(
  context: Context,
  options: EnrollOptions,
  answers: EnrollAnswers,
  journal: Journal,
  session: CardSession,
  open: EnrollmentRecord | undefined,
): Promise<Outcome> {
  const token = session.tokenInfo();
  const underWay = open !== undefined && isUnderWay(open) ? open : undefined;
  refuseIdOfNewKey(options, session.driver);
  if (answers.pinChange === 'at-first-use') assertMarkable(session);
  const enrolled = answers.replace === true ? undefined : alreadyEnrolled(context, answers, session);
  if (underWay === undefined && enrolled !== undefined) {
    if (open !== undefined && open.step !== 'changing-pin' && options.dryRun !== true) journal.close(open);
    if (options.dryRun !== true) await settlePin(context, session, answers);
    return reportUnchanged({ ...token, pin: pinAfterwards(session, token) }, answers.ca, enrolled);
  }
  refuseReadOnly(session);
  if (options.dryRun === true && underWay !== undefined) return reportUnderWay(token, underWay);
  refuseMissingConsent(context, options, underWay?.plan.upn ?? answers.upn);
  if (underWay === undefined) refuseOccupiedUnattended(context, session, answers);
  if (options.dryRun !== true) refuseBlockedCard(context, session, open, answers);

  const { ca, user } = await connectCa(context, answers, underWay);
  const plan = underWay?.plan ?? (await askPlan(context, answers, ca, session, user));
  if (options.dryRun === true) return reportPlan(token, plan, answers.pinChange);

  const tools = toolsFor(context, answers, { session, ca, journal });
  const record = underWay ?? journal.begin(token, plan, context.now(), open);
  if (underWay !== undefined) context.progress.note(`going on with the enrollment begun ${record.startedAt}, at the step "${record.step}"`);
  if (answers.pinChange === 'at-first-use') journal.advance(record, record.step, { atFirstUse: true });
  try {
    await settleSubmission(context, record, journal, options.resubmit === true);
    const result = await enroll(record, tools);
    return reportResult({ ...token, pin: pinAfterwards(session, token) }, record, result);
  } catch (error) {
    if (record.step === 'planned') journal.close(record);
    else if (isLyncauthError(error, 'INTERRUPTED')) throw toBeGoneOnWith(error);
    throw error;
  }
}

/** Somebody pressed Ctrl-C at a question: nothing is lost, and they should know. */
function toBeGoneOnWith(error: LyncauthError): LyncauthError {
  return new LyncauthError('INTERRUPTED', error.message, {
    hint: 'the enrollment is open: run the command again to go on, or lyncauth enroll --abandon to drop it',
    cause: error,
  });
}

function alreadyEnrolled(context: Context, answers: EnrollAnswers, session: CardSession): EnrolledCertificate | undefined {
  return findEnrolled(listCertificates(session), listKeys(session), { upn: answers.upn, template: answers.template }, context.now());
}

/** Nobody should answer all questions for a card that cannot be used. A request that waits at the CA can be asked after without the PIN. */
function refuseBlockedCard(context: Context, session: CardSession, open: EnrollmentRecord | undefined, answers: EnrollAnswers): void {
  warnOfFailures(context, session.tokenInfo());
  if (open?.step === 'submitted') return;
  assertPinUsable(session, { attended: context.prompter.interactive });
  refuseBlockedOfficer(context, session);
  refuseForcedChange(context, session, open, answers);
}
