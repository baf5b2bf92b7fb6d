/** `lyncauth enroll`: the CA's address, the card, the account, the request, the PIN, the certificate: installed. */
import { type CardReader, chooseCard } from '../card-access/choose-card.js';
import { openModule } from '../card-access/open-module.js';
import type { Context, Outcome } from '../context.js';
import { type EnrollAnswers, resolveAnswers } from '../enrollment/answers.js';
import { connectCa } from '../enrollment/connect-ca.js';
import { abandon } from '../enrollment/discard.js';
import { enroll } from '../enrollment/enroll.js';
import { type EnrolledCertificate, findEnrolled } from '../enrollment/enrolled.js';
import { type EnrollmentRecord, Journal } from '../enrollment/journal.js';
import { findByRequestId, findOpen, guessOpen, isUnderWay, notOpen, onlyOpen } from '../enrollment/open-requests.js';
import { askPlan } from '../enrollment/questions.js';
import { reportAbandoned, reportOpen, reportPlan, reportResult, reportUnchanged } from '../enrollment/report.js';
import { settleSubmission } from '../enrollment/settle.js';
import type { EnrollmentTools } from '../enrollment/tools.js';
import { toolsFor } from '../enrollment/tools-for.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { listKeys } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import { withLock } from '../store/locks.js';

export interface Options extends EnrollAnswers {
  /** The CA's request id; true without one. */
  resume?: string | true;
  resubmit?: boolean;
  abandon?: boolean;
  dryRun?: boolean;
}

/** @throws LyncauthError as enroll() and unlock(); INPUT_REQUIRED for a missing answer; BUSY while another run holds the card */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const journal = new Journal(context.paths.journalDir);
  const open = journal.all();
  if (options.resume === true && open.length !== 1) return reportOpen(open);
  const resumed = options.resume !== undefined || options.abandon === true ? guessOpen(open, options.resume) : undefined;
  const answers = await resolveAnswers(context, options, resumed);
  const module = await openModule(context, answers);
  const reader = await chooseCard(context, module, { ...answers, card: answers.card ?? resumed?.serial });
  return await withLock(context.paths, reader.token.serial, async () => {
    const session = module.openSession(reader, 'read-write');
    try {
      const record = openRecord(journal, reader, options, answers, resumed);
      if (options.abandon === true) return await drop(context, answers, journal, session, record);
      return await enrollCard(context, options, answers, journal, session, record);
    } finally {
      session.close();
    }
  });
}

async function enrollCard(
  context: Context,
  options: Options,
  answers: EnrollAnswers,
  journal: Journal,
  session: CardSession,
  open: EnrollmentRecord | undefined,
): Promise<Outcome> {
  const underWay = open !== undefined && isUnderWay(open) ? open : undefined;
  const enrolled = answers.replace === true ? undefined : alreadyEnrolled(context, answers, session);
  if (underWay === undefined && enrolled !== undefined) {
    if (open !== undefined && open.step !== 'changing-pin') journal.close(open);
    return reportUnchanged(session.tokenInfo(), answers.ca, enrolled);
  }
  refuseMissingConsent(context, options, underWay?.plan.upn ?? answers.upn);

  const { ca, user } = await connectCa(context, answers, underWay);
  const plan = underWay?.plan ?? (await askPlan(context, answers, ca, session, user));
  if (options.dryRun === true) return reportPlan(session.tokenInfo(), plan);

  const tools = toolsFor(context, answers, { session, ca, journal });
  const record = underWay ?? journal.begin(session.tokenInfo(), plan, context.now(), open);
  if (underWay !== undefined) context.progress.note(`going on with the enrollment begun ${record.startedAt}, at the step "${record.step}"`);
  try {
    await settleSubmission(context, record, journal, options.resubmit === true);
    return reportResult(session.tokenInfo(), record, await enroll(record, tools));
  } catch (error) {
    if (record.step === 'planned') journal.close(record);
    else if (isLyncauthError(error, 'INTERRUPTED')) throw stillOpen(error);
    throw error;
  }
}

/** Somebody pressed Ctrl-C at a question: nothing is lost, and they should know. */
function stillOpen(error: LyncauthError): LyncauthError {
  return new LyncauthError('INTERRUPTED', error.message, {
    hint: 'the enrollment is open: run the command again to go on, or lyncauth enroll --abandon to drop it',
    cause: error,
  });
}

/** The enrollment of this card that an earlier run left open, if the flags mean it. */
function openRecord(
  journal: Journal,
  { token: { serial, label } }: CardReader,
  options: Options,
  answers: EnrollAnswers,
  resumed: EnrollmentRecord | undefined,
): EnrollmentRecord | undefined {
  if (typeof options.resume === 'string') {
    const record = findByRequestId(journal, options.resume, { serial, ca: options.ca === undefined ? undefined : answers.ca });
    return assertSameUser(record, options);
  }
  if (options.resume === true) {
    if (resumed?.serial !== serial) throw notOpen(`no enrollment of card "${label}" is open`);
    return assertSameUser(resumed, options);
  }
  const interruptedChange = findOpen(journal, { serial }).find((record) => record.step === 'changing-pin');
  const { ca, upn } = answers;
  return interruptedChange ?? onlyOpen(findOpen(journal, { serial, ca, upn, template: options.template }));
}

/** A request was made for one user: flags that say another name cannot change that. */
function assertSameUser(record: EnrollmentRecord, { upn }: Options): EnrollmentRecord {
  const planned = record.plan.upn;
  if (upn === undefined || planned === undefined || upn.toLowerCase() === planned.toLowerCase()) return record;
  throw new LyncauthError('USAGE', `the open request is for ${planned}, not for ${upn}`, { hint: `give --upn ${planned}` });
}

function alreadyEnrolled(context: Context, answers: EnrollAnswers, session: CardSession): EnrolledCertificate | undefined {
  return findEnrolled(listCertificates(session), listKeys(session), { upn: answers.upn, template: answers.template }, context.now());
}

/** Unattended, nobody can look at the certificate: the run must say whose it is to be, and that it may be installed. */
function refuseMissingConsent(context: Context, options: Options, upn: string | undefined): void {
  if (context.prompter.interactive || options.dryRun === true) return;
  const missing = upn === undefined ? '--upn' : options.yes === true ? undefined : '--yes';
  if (missing === undefined) return;
  throw new LyncauthError(
    'INPUT_REQUIRED',
    missing === '--upn'
      ? 'whose certificate it is to be must be said where nobody can be asked'
      : 'installing the certificate needs consent',
    {
      hint: missing === '--upn' ? 'give --upn user@domain' : 'give --yes',
    },
  );
}

async function drop(
  context: Context,
  answers: EnrollAnswers,
  journal: Journal,
  session: CardSession,
  record: EnrollmentRecord | undefined,
): Promise<Outcome> {
  if (record === undefined) {
    throw notOpen(`no enrollment of card "${session.tokenInfo().label}" is open`);
  }
  const question = {
    message: `Drop the request ${record.requestId ?? '(not sent)'} at ${record.plan.ca} and its key?`,
    flag: '--yes',
    default: false,
  };
  if (answers.yes !== true && !(await context.prompter.confirm(question))) {
    throw new LyncauthError('FAILED', 'nothing was dropped');
  }
  const tools: Pick<EnrollmentTools, 'unlock'> = toolsFor(context, answers, { session, journal });
  if (record.keyId !== undefined && record.plan.existingKey === undefined) await tools.unlock(record);
  return reportAbandoned(record, abandon(record, { session, journal }));
}
