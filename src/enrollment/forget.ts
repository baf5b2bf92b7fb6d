/** What enrollments leave on this computer about their user. Touches no card: what is on it is looked after by enroll --abandon. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { withLock } from '../store/locks.js';
import type { StatePaths } from '../store/paths.js';
import { removePrivateFile } from '../store/private-files.js';
import { type EnrollmentRecord, Journal } from './journal.js';

/** A request that a CA may still decide about, or an enrollment that stopped before. */
export interface KeptRequest {
  requestId: string | null;
  ca: string;
  card: { label: string; serial: string };
  /** Null: the record names nobody any more. */
  upn: string | null;
}

export interface ForgottenEnrollments {
  /** What was removed, in words. */
  removed: string[];
  /** Requests that stay open. */
  kept: KeptRequest[];
  /** User names that stood in the records. */
  users: string[];
}

/**
 * Takes the names of users out of open requests, or drops the requests with `abandon`, and removes the certificates that --replace saved.
 * @throws LyncauthError BUSY while another run works on one of them; FAILED when something is still there
 */
export async function forgetEnrollments(paths: StatePaths, { abandon }: { abandon: boolean }): Promise<ForgottenEnrollments> {
  const journal = new Journal(paths.journalDir);
  const forgotten: ForgottenEnrollments = { removed: [], kept: [], users: [] };
  for (const serial of new Set(journal.all().map((record) => record.serial))) {
    await withLock(paths, serial, async () => {
      for (const record of journal.all().filter((each) => each.serial === serial)) forget(journal, record, abandon, forgotten);
    });
  }
  forgotten.removed.push(...removeSaved(paths.savedDir));
  return forgotten;
}

function forget(journal: Journal, record: EnrollmentRecord, abandon: boolean, { removed, kept, users }: ForgottenEnrollments): void {
  const { upn, ca } = record.plan;
  if (abandon) {
    journal.close(record);
    if (journal.all().some(({ startedAt, serial }) => startedAt === record.startedAt && serial === record.serial))
      throw stillThere(describe(record));
    const key =
      record.keyId === undefined || record.plan.existingKey !== undefined
        ? ''
        : `; its key ${record.keyId} stays on card "${record.cardLabel}"`;
    removed.push(`${describe(record)}${key}`);
  } else {
    const nameless = journal.withoutUser(record);
    if (upn !== undefined && nameless) removed.push(`user name ${upn} of ${describe(record)}`);
    const card = { label: record.cardLabel, serial: record.serial };
    kept.push({ requestId: record.requestId ?? null, ca, card, upn: nameless ? null : (upn ?? null) });
  }
  if (upn !== undefined) users.push(upn);
}

/** Certificates name their user: those that were taken off a card are copies. */
function removeSaved(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith('.pem'))
    .map((name) => {
      const path = join(dir, name);
      removePrivateFile(path);
      if (existsSync(path)) throw stillThere(path);
      return `saved certificate ${path}`;
    });
}

function describe({ requestId, plan }: EnrollmentRecord): string {
  return `request ${requestId ?? '(not sent)'} at ${plan.ca}`;
}

function stillThere(what: string): LyncauthError {
  return new LyncauthError('FAILED', `${what} is still there after it was removed`, { hint: 'run lyncauth forget-credentials again' });
}
