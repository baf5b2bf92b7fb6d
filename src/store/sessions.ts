/** The session that is signed in, one for each configuration: a file that only its owner can read. It knows nothing of how a session is made. */
import { join } from 'node:path';
import { Secret } from '../secret.js';
import { withLock } from './locks.js';
import { METHOD_NAMES, type MethodName } from './method-names.js';
import type { StatePaths } from './paths.js';
import { readSecretFile, removeSecretFile, writeSecretFile } from './secret-file.js';
import { dateIn, type Fields, listIn, optional, parseSignInFile, recordIn, textIn, urlIn } from './sign-in-file.js';

/** What it takes to end a session at its server. */
export interface SessionAtServer {
  readonly address: string;
  /** Origin of the server that issued the token: https, no path. The token goes nowhere else. */
  readonly server: string;
  readonly token: Secret;
  readonly expiresAt: Date;
  /** Address of the application at the server, for DELETE. */
  readonly application: string | undefined;
}

/** What of a session outlives the command that signed in, and what `status` tells. */
export interface StoredSession extends SessionAtServer {
  readonly displayName: string;
  readonly method: MethodName;
  readonly notUsed: readonly { method: MethodName; reason: string }[];
  readonly since: Date;
  /** Of the card; undefined for `password`. */
  readonly certificate: { sha256: string; notAfter: Date } | undefined;
  /** Sessions whose place this one took and that nobody has ended at their servers yet. */
  readonly replaced?: readonly SessionAtServer[] | undefined;
}

/** Where the session is kept: what a person is told before it is written. */
export function sessionFile(paths: StatePaths): string {
  return join(paths.signInDir, 'session.json');
}

/**
 * The session, also one whose token has expired: `expiresAt` tells.
 *
 * @param options.othersMayRead true for a session that is only to be ended: who can read its token is one more reason
 * @returns undefined when nobody is signed in
 * @throws LyncauthError STATE_UNREADABLE naming the file: damaged, of a newer version, or not to be trusted
 */
export function readSession(paths: StatePaths, options: { othersMayRead?: boolean } = {}): StoredSession | undefined {
  const path = sessionFile(paths);
  const text = readSecretFile(path, options);
  return text === undefined ? undefined : parseSignInFile(path, text, toSession);
}

/**
 * Replaces the session in one step: whoever is interrupted leaves the old one or the new one. Call it with the session's lock held.
 *
 * @throws LyncauthError STATE_UNREADABLE on a folder that can't be trusted, FAILED when writing fails
 */
export function writeSession(paths: StatePaths, session: StoredSession): void {
  const { displayName, method, notUsed, since, certificate, replaced } = session;
  writeSecretFile(sessionFile(paths), {
    ...{ displayName, method, since, certificate, ...inClear(session) },
    ...(replaced !== undefined && replaced.length > 0 && { replaced: replaced.map(inClear) }),
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

function toSession(value: Fields): StoredSession {
  return {
    ...atServer(value),
    displayName: textIn(value, 'displayName'),
    method: methodIn(value),
    notUsed: listIn(value, 'notUsed').map((each) => ({ method: methodIn(each), reason: textIn(each, 'reason') })),
    since: dateIn(value, 'since'),
    certificate: optional(value, 'certificate', (...at) => {
      const certificate = recordIn(...at);
      return { sha256: textIn(certificate, 'sha256'), notAfter: dateIn(certificate, 'notAfter') };
    }),
    replaced: optional(value, 'replaced', listIn)?.map(atServer),
  };
}

function atServer(value: Fields): SessionAtServer {
  return {
    address: textIn(value, 'address'),
    server: new URL(urlIn(value, 'server')).origin,
    token: new Secret(textIn(value, 'token')),
    expiresAt: dateIn(value, 'expiresAt'),
    application: optional(value, 'application', urlIn),
  };
}

function inClear({ address, server, token, expiresAt, application }: SessionAtServer) {
  return { address, server, expiresAt, application, token: token.reveal() };
}

function methodIn(value: Fields): MethodName {
  const method = METHOD_NAMES.find((each) => each === value.method);
  if (method === undefined) throw new Error('method');
  return method;
}
