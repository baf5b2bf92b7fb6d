/** Enrollments that were begun and not ended: finding the one that is meant, and settling a request whose fate is unknown. */
import { LyncauthError } from '../errors.js';
import { type CardName, cardKey } from '../pkcs11/same-card.js';
import type { EnrollOptions } from './answers.js';
import { type EnrollmentRecord, type Journal, keyOf } from './journal.js';

export interface OpenFilter {
  /** As cardKey() has it. */
  card?: string | undefined;
  ca?: string | undefined;
  template?: string | undefined;
  upn?: string | undefined;
  /** The CA's number of the request. */
  requestId?: string | undefined;
}

/** Steps at which nothing but the PIN may have been touched: such a record is planned anew from the flags of the present run. */
const BEFORE_KEY = ['planned', 'changing-pin', 'pin-changed'];

/** The enrollments that are open and fit `filter`. */
export function findOpen(journal: Journal, filter: OpenFilter): EnrollmentRecord[] {
  return journal.all().filter((record) => {
    const { ca, card, template, upn } = keyOf(record);
    return (
      same(filter.card, card) &&
      same(filter.ca, ca) &&
      same(filter.template, template) &&
      // begun by a person who was to confirm the user: the certificate is still checked against the one that is named now
      (upn === undefined || same(filter.upn, upn)) &&
      same(filter.requestId, record.requestId)
    );
  });
}

/**
 * The record that `--resume ID` means: the one with this id, else the only one whose request went out without an answer.
 * @throws LyncauthError REQUEST_NOT_FOUND
 */
export function findByRequestId(journal: Journal, requestId: string, filter: OpenFilter): EnrollmentRecord {
  const known = onlyOpen(findOpen(journal, { ...filter, requestId }));
  if (known !== undefined) return known;
  const [only, ...others] = findOpen(journal, filter).filter(isUnanswered);
  if (only === undefined || others.length > 0) throw notOpen(`there is no open request ${requestId} on this computer`);
  journal.advance(only, 'submitted', { requestId, requestIdTold: true });
  return only;
}

/**
 * What `--resume [ID]` or `--abandon` can only mean, as far as it shows before the card is looked at; undefined where the card decides.
 * @throws LyncauthError REQUEST_NOT_FOUND when no card could make it right
 */
export function guessOpen(records: EnrollmentRecord[], requestId: string | true | undefined): EnrollmentRecord | undefined {
  const meant = typeof requestId !== 'string' ? records : records.filter((record) => record.requestId === requestId);
  const candidates = meant.length > 0 ? meant : records.filter(isUnanswered);
  if (typeof requestId === 'string' && candidates.length === 0) throw notOpen(`there is no open request ${requestId} on this computer`);
  return candidates.length === 1 ? candidates[0] : undefined;
}

/**
 * The enrollment of the card `token` that an earlier run left open, if the flags mean it.
 * @param ca - the CA's address, from wherever it is known
 * @param resumed - what guessOpen() said, before the card was locked
 * @throws LyncauthError REQUEST_NOT_FOUND, USAGE when the flags name another user than the request was made for
 */
export function openRecord(
  journal: Journal,
  token: CardName,
  options: EnrollOptions,
  { ca, upn }: { ca?: string | undefined; upn?: string | undefined },
  resumed: EnrollmentRecord | undefined,
): EnrollmentRecord | undefined {
  const card = cardKey(token);
  if (typeof options.resume === 'string') {
    const record = findByRequestId(journal, options.resume, { card, ca: options.ca === undefined ? undefined : ca });
    return assertSameUser(record, options);
  }
  if (options.resume === true) {
    if (resumed === undefined || keyOf(resumed).card !== card) throw notOpen(`no enrollment of card "${token.label}" is open`);
    return assertSameUser(stillOpen(journal, resumed), options);
  }
  const interruptedChange = findOpen(journal, { card }).find((record) => record.step === 'changing-pin');
  return interruptedChange ?? onlyOpen(findOpen(journal, { card, ca, upn, template: options.template }));
}

/**
 * `record` as it is now. What was read before the card was locked is only a guess: another run may have gone on with it meanwhile, and to go on from
 * where it stood would send its request a second time.
 * @throws LyncauthError REQUEST_NOT_FOUND when it is closed
 */
export function stillOpen(journal: Journal, record: EnrollmentRecord): EnrollmentRecord {
  const now = journal.find(keyOf(record));
  if (now === undefined) throw notOpen(`the enrollment of card "${record.cardLabel}" was ended by another run`);
  return now;
}

/** A request was made for one user: flags that say another name cannot change that. */
function assertSameUser(record: EnrollmentRecord, { upn }: EnrollOptions): EnrollmentRecord {
  const planned = record.plan.upn;
  if (upn === undefined || planned === undefined || upn.toLowerCase() === planned.toLowerCase()) return record;
  throw new LyncauthError('USAGE', `the open request is for ${planned}, not for ${upn}`, { hint: `give --upn ${planned}` });
}

/** Whether the CA never told the id of the record's request, which it may have taken. */
function isUnanswered(record: EnrollmentRecord): boolean {
  return record.step === 'submitting' || (record.step === 'submitted' && record.requestIdTold === true);
}

/** The error of a run that was told to go on with, or to drop, what is not there. */
export function notOpen(message: string): LyncauthError {
  return new LyncauthError('REQUEST_NOT_FOUND', message, {
    hint: 'lyncauth enroll --resume lists the open requests',
  });
}

/**
 * The record to go on with by itself, or undefined.
 * @throws LyncauthError REQUEST_NOT_FOUND when several fit
 */
export function onlyOpen(records: EnrollmentRecord[]): EnrollmentRecord | undefined {
  if (records.length < 2) return records[0];
  const ids = records.map((record) => record.requestId ?? `at ${record.plan.ca}, not sent`).join(', ');
  throw new LyncauthError('REQUEST_NOT_FOUND', `several enrollments of this card are open: ${ids}`, {
    hint: 'name one with --resume ID, or with --ca, --template and --upn',
  });
}

/** Whether `record` has a key or a request already, so that it is gone on with as it was planned. */
export function isUnderWay(record: EnrollmentRecord): boolean {
  return !BEFORE_KEY.includes(record.step);
}

function same(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === found?.toLowerCase();
}
