/** The sign-out: ends the session at the server, and on this computer whatever the server says. */
import type { Progress } from '../context.js';
import { type ErrorCode, isLyncauthError, LyncauthError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { StatePaths } from '../store/paths.js';
import { readSession, removeSession, withSessionLock } from '../store/sessions.js';
import { type EndedAs, earlierLeft, endAll, endAtServer } from './end.js';
import { utcMinute } from './report.js';
import type { Session } from './types.js';

export interface SignOutTools {
  /** Loaded only when there is a session to end. */
  http(): Promise<HttpClient>;
  readonly paths: StatePaths;
  readonly progress: Pick<Progress, 'step' | 'warn'>;
  now(): Date;
}

export interface SignedOut {
  /** The session that was; undefined when there was none, or when its file could not be read and was removed. */
  readonly session: Session | undefined;
  /** What was removed here; `rest`: what a killed run had begun to write of a session. */
  readonly removed: 'session' | 'unreadable' | 'rest' | undefined;
  /** Undefined without a session, and when the server could not be told. */
  readonly ended: EndedAs | undefined;
  /** Why the server could not be told. */
  readonly failure: LyncauthError | undefined;
}

/** Mistakes on this computer, with which no server can even be asked: they are mended, and then the session can be ended. */
const OWN_MISTAKES: readonly ErrorCode[] = ['USAGE', 'CONFIG_INVALID', 'FILE_UNREADABLE', 'INTERRUPTED'];

/**
 * Ends the session. A failure at the server is handed back: by then the local part is done. No lock is held meanwhile: nobody waits for a server
 * that somebody else asks.
 * @throws LyncauthError for a mistake on this computer, which leaves all as it was; when the local part fails; BUSY
 */
export async function signOut(tools: SignOutTools): Promise<SignedOut> {
  const { paths } = tools;
  const { session, damage } = readAnyway(tools);
  const remove = () => withSessionLock(paths, async () => isStillThere(session, tools) && removeSession(paths));
  try {
    const { ended, failure } = session === undefined ? { ended: undefined, failure: damage } : await end(session, tools);
    const rest = (await remove()) ? 'rest' : undefined;
    return { session, removed: session !== undefined ? 'session' : damage !== undefined ? 'unreadable' : rest, ended, failure };
  } catch (error) {
    // Also when something unforeseen happened: who signs out is signed out.
    if (!isLyncauthError(error)) await remove();
    throw error;
  }
}

/** The file stays until the server has answered: a run that is interrupted meanwhile leaves a session that the next one ends. */
async function end(session: Session, tools: SignOutTools): Promise<Pick<SignedOut, 'ended' | 'failure'>> {
  const { progress, now } = tools;
  const earlier = (session.replaced ?? []).filter(({ expiresAt }) => expiresAt > now());
  if (session.expiresAt <= now() && earlier.length === 0) return { ended: 'expired', failure: undefined };
  try {
    const http = await tools.http();
    return await progress.step(`ending the session at ${session.server}`, async () => {
      const [left, ended] = await Promise.all([endAll(http, earlier, now()), told(endAtServer(http, session, now()))]);
      for (const each of left) progress.warn(earlierLeft(each));
      return ended;
    });
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    const { code, message, hint, details } = error;
    throw new LyncauthError(code, `${message}; the session is kept`, { hint, details, cause: error });
  }
}

async function told(ending: Promise<EndedAs>): Promise<Pick<SignedOut, 'ended' | 'failure'>> {
  try {
    return { ended: await ending, failure: undefined };
  } catch (error) {
    if (!isLyncauthError(error) || OWN_MISTAKES.includes(error.code)) throw error;
    return { ended: undefined, failure: error };
  }
}

/** Who has signed in meanwhile stays signed in. */
function isStillThere(session: Session | undefined, tools: SignOutTools): boolean {
  const { session: now } = readAnyway({ ...tools, progress: undefined });
  return now === undefined || now.token.reveal() === session?.token.reveal();
}

/** A file that cannot be read is removed all the same, but nobody can tell the server. One that others can read is believed once more, to end it. */
function readAnyway({ paths, progress }: Pick<SignOutTools, 'paths'> & { progress: SignOutTools['progress'] | undefined }): {
  session?: Session | undefined;
  damage?: LyncauthError;
} {
  try {
    return { session: readSession(paths) };
  } catch (error) {
    if (!isLyncauthError(error, 'STATE_UNREADABLE')) throw error;
    const session = readable(paths);
    if (session === undefined) return { damage: error };
    const until = utcMinute(session.expiresAt);
    progress?.warn(`${error.message}: whoever has read it can use the token until ${until}, also after the session is ended`);
    return { session };
  }
}

function readable(paths: StatePaths): Session | undefined {
  try {
    return readSession(paths, { othersMayRead: true });
  } catch (error) {
    if (!isLyncauthError(error, 'STATE_UNREADABLE')) throw error;
    return undefined;
  }
}
