/** What enrollments leave on this computer about their user. Touches no card: what is on it is looked after by enroll --abandon. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { removeLeftovers } from '../store/leftovers.js';
import { withLock } from '../store/locks.js';
import type { StatePaths } from '../store/paths.js';
import { removePrivateFile } from '../store/private-files.js';
import { type Removed, removedLeftovers } from '../store/removed.js';
import { type EnrollmentRecord, Journal, keyOf } from './journal.js';

/** A request that a CA may still decide about, or an enrollment that stopped before. */
export interface KeptRequest {
  requestId: string | null;
  ca: string;
  card: { label: string; serial: string };
  /** Null: the record names nobody any more. */
  upn: string | null;
}

export interface ForgottenEnrollments {
  removed: Removed[];
  /** Requests that stay open. */
  kept: KeptRequest[];
}

export interface ForgetOptions {
  readonly abandon: boolean;
  /** The card that this run holds already, as cardKey() has it. */
  readonly held?: string;
}

/** What enrollments know of their users, and how that is forgotten. */
export function enrollmentTraces(paths: StatePaths, options: ForgetOptions) {
  return {
    users: () => new Journal(paths.journalDir).all().flatMap(({ plan }) => plan.upn ?? []),
    forget: () => forgetEnrollments(paths, options),
  };
}

/**
 * Takes the names of users out of open requests, or drops the requests with `abandon`, and removes the certificates that --replace saved.
 * @throws LyncauthError BUSY while another run works on one of them; FAILED when something is still there
 */
export async function forgetEnrollments(paths: StatePaths, { abandon, held }: ForgetOptions): Promise<ForgottenEnrollments> {
  const journal = new Journal(paths.journalDir);
  const forgotten: ForgottenEnrollments = { removed: [], kept: [] };
  for (const card of new Set(journal.all().map((record) => keyOf(record).card))) {
    const forgetThose = async () => {
      for (const record of journal.all().filter((each) => keyOf(each).card === card)) forget(journal, record, abandon, forgotten);
    };
    await (card === held ? forgetThose() : withLock(paths, card, forgetThose));
  }
  const rest = [paths.journalDir, paths.savedDir].flatMap((dir) => removeLeftovers(dir));
  forgotten.removed.push(...removeSaved(paths.savedDir), ...removedLeftovers(rest));
  return forgotten;
}

function forget(journal: Journal, record: EnrollmentRecord, abandon: boolean, { removed, kept }: ForgottenEnrollments): void {
  const { upn, ca } = record.plan;
  if (abandon) {
    journal.close(record);
    if (journal.all().some((each) => each.startedAt === record.startedAt && keyOf(each).card === keyOf(record).card))
      throw stillThere(`request ${nameOf(record)}`);
    const keyless = record.keyId === undefined || record.plan.existingKey !== undefined;
    removed.push({
      ...{ kind: 'request', name: nameOf(record) },
      ...(!keyless && { detail: `its key ${record.keyId} stays on card "${record.cardLabel}"` }),
    });
  } else {
    const nameless = journal.withoutUser(record);
    if (upn !== undefined && nameless) removed.push({ kind: 'user-name', name: upn, detail: `of request ${nameOf(record)}` });
    const card = { label: record.cardLabel, serial: record.serial };
    kept.push({ requestId: record.requestId ?? null, ca, card, upn: nameless ? null : (upn ?? null) });
  }
}

/** Certificates name their user: those that were taken off a card are copies. */
function removeSaved(dir: string): Removed[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith('.pem'))
    .map((name) => {
      const path = join(dir, name);
      removePrivateFile(path);
      if (existsSync(path)) throw stillThere(path);
      return { kind: 'saved-certificate', name: path };
    });
}

function nameOf({ requestId, plan }: EnrollmentRecord): string {
  return `${requestId ?? '(not sent)'} at ${plan.ca}`;
}

function stillThere(what: string): LyncauthError {
  return new LyncauthError('FAILED', `${what} is still there after it was removed`, { hint: 'run lyncauth forget-credentials again' });
}
