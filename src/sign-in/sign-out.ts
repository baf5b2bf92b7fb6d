/** The sign-out: ends the session at the server, and on this computer whatever the server says. */
import type { Progress } from '../context.js';
import { isLyncauthError, type LyncauthError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { StatePaths } from '../store/paths.js';
import { readSession, removeSession, withSessionLock } from '../store/sessions.js';
import { type EndedAs, endAtServer } from './end.js';
import type { Session } from './types.js';

export interface SignOutTools {
  /** Loaded only when there is a session to end. */
  http(): Promise<HttpClient>;
  readonly paths: StatePaths;
  readonly progress: Pick<Progress, 'step'>;
  now(): Date;
}

export interface SignedOut {
  /** The session that was; undefined when there was none, or when its file could not be read and was removed. */
  readonly session: Session | undefined;
  /** Whether there was anything to remove here. */
  readonly removed: boolean;
  /** Undefined without a session, and when the server could not be told. */
  readonly ended: EndedAs | undefined;
  /** Why the server could not be told. */
  readonly failure: LyncauthError | undefined;
}

/**
 * Ends the session. A failure at the server is handed back: by then the local part is done.
 * @throws LyncauthError when the local part fails; BUSY
 */
export async function signOut(tools: SignOutTools): Promise<SignedOut> {
  const { paths, progress, now } = tools;
  return await withSessionLock(paths, async () => {
    const { session, damage } = readAnyway(paths);
    let ended: EndedAs | undefined;
    let failure = damage;
    try {
      if (session !== undefined) {
        const end = async () => endAtServer(await tools.http(), session, now());
        ended = await progress.step(`ending the session at ${session.server}`, end);
      }
    } catch (error) {
      if (!isLyncauthError(error)) throw error;
      failure = error;
    } finally {
      // Also when something unforeseen happened: who signs out is signed out.
      removeSession(paths);
    }
    return { session, removed: session !== undefined || damage !== undefined, ended, failure };
  });
}

/** A file that cannot be read is removed all the same, but nobody can tell the server. */
function readAnyway(paths: StatePaths): { session?: Session | undefined; damage?: LyncauthError } {
  try {
    return { session: readSession(paths) };
  } catch (error) {
    if (!isLyncauthError(error, 'STATE_UNREADABLE')) throw error;
    return { damage: error };
  }
}
