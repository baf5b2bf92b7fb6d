/** Whether somebody is signed in: by what is stored, and by what the server says. Changes nothing. */
import type { Outcome } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { StatePaths } from '../store/paths.js';
import { readSession } from '../store/sessions.js';
import { readMemory } from '../store/sign-in-memory.js';
import { lifeAtServer } from './end.js';
import { reportNobody, reportStanding, type SessionReport } from './report.js';
import type { Session } from './types.js';

export interface StatusTools {
  /** Undefined: the server is not asked. */
  readonly http: (() => Promise<HttpClient>) | undefined;
  readonly paths: StatePaths;
  now(): Date;
}

/**
 * @returns exit code 4 when nobody is signed in
 * @throws LyncauthError STATE_UNREADABLE; NETWORK and the like when the server does not say
 */
export async function status({ http, paths, now }: StatusTools): Promise<Outcome<SessionReport>> {
  const session = readSession(paths);
  if (session === undefined) return reportNobody(readMemory(paths).lastAddress);
  const stored = session.expiresAt > now();
  if (http === undefined || !stored)
    return reportStanding(session, { signedIn: stored, applicationLive: stored ? undefined : false }, now());
  const { tokenValid, applicationLive } = await askServer(await http(), session, now());
  return reportStanding(session, { signedIn: tokenValid, applicationLive }, now());
}

/** Nobody knows whether the user is signed in when the server cannot be asked: neither 0 nor 4 would be true. */
async function askServer(http: HttpClient, session: Session, now: Date) {
  try {
    return await lifeAtServer(http, session, now);
  } catch (error) {
    if (!isLyncauthError(error, 'NETWORK', 'TIMEOUT')) throw error;
    throw new LyncauthError(error.code, error.message, {
      hint: 'lyncauth status --offline tells what is stored here',
      details: error.details,
      cause: error,
    });
  }
}
