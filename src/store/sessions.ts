/** The session that is signed in, one for each configuration: a file that only its owner can read. It knows nothing of how a session is made. */
import { join } from 'node:path';
import { Secret } from '../secret.js';
import { withLock } from './locks.js';
import type { StatePaths } from './paths.js';
import { readSecretFile, removeSecretFile, writeSecretFile } from './secret-file.js';
import { dateIn, listIn, optional, parseSignInFile, recordIn, textIn, urlIn } from './sign-in-file.js';

/** What of a session outlives the command that signed in. */
export interface StoredSession {
  readonly address: string;
  readonly displayName: string;
  readonly method: StoredMethod;
  readonly notUsed: readonly { method: StoredMethod; reason: string }[];
  /** Origin of the server that issued the token: https, no path. */
  readonly server: string;
  readonly token: Secret;
  readonly since: Date;
  readonly expiresAt: Date;
  /** Address of the application at the server. */
  readonly application: string | undefined;
  readonly certificate: { sha256: string; notAfter: Date } | undefined;
}

const METHODS = ['passive', 'certificate', 'password'] as const;
type StoredMethod = (typeof METHODS)[number];

/** Where the session is kept: what a person is told before it is written. */
export function sessionFile(paths: StatePaths): string {
  return join(paths.signInDir, 'session.json');
}

/**
 * The session, also one whose token has expired: `expiresAt` tells.
 *
 * @returns undefined when nobody is signed in
 * @throws LyncauthError STATE_UNREADABLE naming the file: damaged, of a newer version, or not to be trusted
 */
export function readSession(paths: StatePaths): StoredSession | undefined {
  const path = sessionFile(paths);
  const text = readSecretFile(path);
  return text === undefined ? undefined : parseSignInFile(path, text, toSession);
}

/**
 * Replaces the session in one step: whoever is interrupted leaves the old one or the new one. Call it with the session's lock held.
 *
 * @throws LyncauthError STATE_UNREADABLE on a folder that can't be trusted, FAILED when writing fails
 */
export function writeSession(paths: StatePaths, session: StoredSession): void {
  const { address, displayName, method, notUsed, server, since, expiresAt, application, certificate } = session;
  const token = session.token.reveal();
  writeSecretFile(sessionFile(paths), {
    ...{ address, displayName, method, server, since, expiresAt, application, certificate, token },
    notUsed: notUsed.map((each) => ({ method: each.method, reason: each.reason })),
  });
}

/**
 * Removes the session, whatever is in its file, and what an interrupted run left of one; looks afterwards whether it is gone. Call it with the
 * session's lock held.
 *
 * @returns false when there was none
 * @throws LyncauthError FAILED when it is still there
 */
export function removeSession(paths: StatePaths): boolean {
  return removeSecretFile(sessionFile(paths));
}

/**
 * Runs `work` while no other process signs in or out with this configuration. Reading needs no lock.
 *
 * @param options.waitMs how long to wait for another one, in milliseconds; 2000 unless given
 * @throws LyncauthError BUSY naming the process
 */
export async function withSessionLock<T>(paths: StatePaths, work: () => Promise<T>, options: { waitMs?: number } = {}): Promise<T> {
  return await withLock(paths, `session ${sessionFile(paths)}`, work, { ...options, doing: 'is signing in or out' });
}

function toSession(value: Readonly<Record<string, unknown>>): StoredSession {
  return {
    address: textIn(value, 'address'),
    displayName: textIn(value, 'displayName'),
    method: methodIn(value),
    notUsed: listIn(value, 'notUsed').map((each) => ({ method: methodIn(each), reason: textIn(each, 'reason') })),
    server: new URL(urlIn(value, 'server')).origin,
    token: new Secret(textIn(value, 'token')),
    since: dateIn(value, 'since'),
    expiresAt: dateIn(value, 'expiresAt'),
    application: optional(value, 'application', urlIn),
    certificate: optional(value, 'certificate', (...at) => {
      const certificate = recordIn(...at);
      return { sha256: textIn(certificate, 'sha256'), notAfter: dateIn(certificate, 'notAfter') };
    }),
  };
}

function methodIn(value: Readonly<Record<string, unknown>>): StoredMethod {
  const method = METHODS.find((each) => each === value.method);
  if (method === undefined) throw new Error('method');
  return method;
}
