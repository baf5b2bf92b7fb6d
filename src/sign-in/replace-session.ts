/** Puts a session that is open in the place of the one before, here and then at its server. Until that one is ended, the file of the new one says how. */
import type { Progress } from '../context.js';
import { isLyncauthError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { Log } from '../log.js';
import type { StatePaths } from '../store/paths.js';
import { readSession, type SessionAtServer, sessionFile, withSessionLock, writeSession } from '../store/sessions.js';
import { earlierLeft, endAll, endAtServer, type NotEnded } from './end.js';
import { utcMinute } from './report.js';
import type { Session } from './types.js';

export interface ReplaceTools {
  readonly http: HttpClient;
  readonly log: Log | undefined;
  readonly paths: StatePaths;
  readonly progress: Progress;
  now(): Date;
}

/** More than servers that fail leave within the life of a token. */
const MAX_REPLACED = 10;

/**
 * Stores `session`, then ends the one that was stored. An interruption leaves one of the two, whole and in use; what of the other is not ended
 * by then, or cannot be, is ended by the next sign-in or sign-out. The lock is held for the file only, never while a server is asked.
 *
 * @throws LyncauthError BUSY, STATE_UNREADABLE or FAILED when it cannot be stored: then it is ended, and the one before is as it was
 */
export async function replaceSession(session: Session, tools: ReplaceTools): Promise<void> {
  const { http, paths, now } = tools;
  let stored = false;
  let replaced: readonly SessionAtServer[] = [];
  try {
    await withSessionLock(paths, async () => {
      const before = readSession(paths);
      sayWhatIsStored(session, before === undefined, tools);
      replaced = before === undefined ? [] : stillThere([before, ...(before.replaced ?? [])], session, now());
      writeSession(paths, { ...session, replaced });
      stored = true;
    });
  } catch (error) {
    if (!stored) await endAtServer(http, session, now()).catch(() => undefined);
    throw error;
  }
  if (replaced.length > 0) await endReplaced(session, replaced, tools);
}

function stillThere(sessions: readonly SessionAtServer[], { application }: Session, now: Date): readonly SessionAtServer[] {
  return sessions.filter((each) => each.expiresAt > now && each.application !== application).slice(0, MAX_REPLACED);
}

/** Before it is; once for a file, as later sessions go where a person knows of. */
function sayWhatIsStored({ expiresAt }: Session, isNew: boolean, { log, paths, progress }: ReplaceTools): void {
  const file = sessionFile(paths);
  const until = utcMinute(expiresAt);
  if (isNew) progress.note(`will be stored in ${file}, readable by you only: address, name, server, and the token, which ends on ${until}`);
  else log?.verbose(`storing the session in ${file}`);
}

async function endReplaced(session: Session, replaced: readonly SessionAtServer[], tools: ReplaceTools): Promise<void> {
  const { http, progress, now } = tools;
  const label = `ending the earlier session at ${new URL(replaced[0]?.server ?? session.server).host}`;
  const left = await progress.step(label, () => endAll(http, replaced, now()));
  const ended = replaced.filter((each) => !left.some((other) => other.session === each));
  for (const { address } of ended) progress.note(`the earlier session of ${address} is ended`);
  for (const each of left) progress.warn(`${earlierLeft(each)}; the next sign-in or sign-out tries again`);
  if (ended.length > 0) await keepOnRecord(session, left, tools);
}

/** What is not kept on record although it is there is lost; the reverse only costs a question to the server. So a failure is no failure here. */
async function keepOnRecord(session: Session, left: readonly NotEnded[], { paths, log }: ReplaceTools): Promise<void> {
  try {
    await withSessionLock(paths, async () => {
      const stored = readSession(paths);
      // Another run may have taken its place meanwhile, and the record with it.
      if (stored?.token.reveal() !== session.token.reveal()) return;
      writeSession(paths, { ...session, replaced: left.map((each) => each.session) });
    });
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    log?.verbose(`the earlier session stays on record: ${error.message}`);
  }
}
