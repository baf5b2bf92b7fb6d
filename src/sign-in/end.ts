/** Ends a session at its server, or looks whether it lives. Touches no file. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { SessionAtServer } from '../store/sessions.js';
import { utcMinute } from './report.js';

/** `closed`: by us, and the server confirms it. `gone`: there was none any more. `expired`: the token had ended, and all that hung on it. */
export type EndedAs = 'closed' | 'gone' | 'expired';

/**
 * Deletes the application of `session` and looks whether it is gone.
 * @throws LyncauthError NETWORK and the like; SERVER_ERROR when the application is still there
 */
export async function endAtServer(http: HttpClient, session: SessionAtServer, now: Date): Promise<EndedAs> {
  if (session.expiresAt <= now) return 'expired';
  const url = applicationOf(session);
  if (url === undefined) return 'gone';
  const { applicationAlive, closeApplication } = await import('./ucwa.js');
  const bearer = { value: session.token };
  try {
    const ended = await closeApplication(http, url, bearer);
    if (ended === 'closed' && (await applicationAlive(http, url, bearer))) {
      throw new LyncauthError('SERVER_ERROR', `${url.host} still shows the application that it was to end`, {
        hint: 'it ends by itself once it has been idle for some minutes',
      });
    }
    return ended;
  } catch (error) {
    if (isLyncauthError(error, 'TOKEN_EXPIRED')) return 'expired';
    throw error;
  }
}

/** A session that is left at its server. */
export interface NotEnded {
  readonly session: SessionAtServer;
  readonly failure: LyncauthError;
}

/**
 * Ends `sessions`, all at the same time: a server that does not answer holds up none of the others.
 * @returns those that are left
 * @throws LyncauthError INTERRUPTED
 */
export async function endAll(http: HttpClient, sessions: readonly SessionAtServer[], now: Date): Promise<NotEnded[]> {
  const left = await Promise.all(
    sessions.map(async (session): Promise<NotEnded[]> => {
      try {
        await endAtServer(http, session, now);
        return [];
      } catch (error) {
        if (!isLyncauthError(error) || error.code === 'INTERRUPTED') throw error;
        return [{ session, failure: error }];
      }
    }),
  );
  return left.flat();
}

/** An earlier session, why it is left, and for how long. */
export function earlierLeft({ session: { address, server, expiresAt }, failure }: NotEnded): string {
  const left = `it lives until it has been idle for some minutes, and its token until ${utcMinute(expiresAt)}`;
  return `the earlier session of ${address} could not be ended at ${server}: ${failure.message}; ${left}`;
}

export interface Life {
  /** The server still takes the token. */
  readonly tokenValid: boolean;
  readonly applicationLive: boolean;
}

/** What the server says of `session`. @throws LyncauthError when it does not say */
export async function lifeAtServer(http: HttpClient, session: SessionAtServer, now: Date): Promise<Life> {
  const url = applicationOf(session);
  const tokenValid = session.expiresAt > now;
  if (!tokenValid || url === undefined) return { tokenValid, applicationLive: false };
  const { applicationAlive } = await import('./ucwa.js');
  try {
    return { tokenValid, applicationLive: await applicationAlive(http, url, { value: session.token }) };
  } catch (error) {
    if (isLyncauthError(error, 'TOKEN_EXPIRED')) return { tokenValid: false, applicationLive: false };
    throw error;
  }
}

/** The token goes to no other origin, whatever the file says. */
function applicationOf({ application, server }: SessionAtServer): URL | undefined {
  const url = application === undefined ? undefined : new URL(application);
  return url?.origin === server ? url : undefined;
}
