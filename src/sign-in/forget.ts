/** Removes every trace of a sign-in from this computer, and looks afterwards whether it is gone. Never touches the card. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { type Removed, removedText } from '../store/removed.js';
import { readSession, sessionFile } from '../store/sessions.js';
import type { Settings } from '../store/settings.js';
import { forgetAll, readMemory } from '../store/sign-in-memory.js';
import { forgetSettings, forgetUnwrittenSettings } from './forget-settings.js';
import { type SignedOut, type SignOutTools, signOut } from './sign-out.js';

/** What else this computer knows of users; sign-in does not know where. */
export interface OtherTraces<Kept> {
  /** Their names. @throws LyncauthError when something could not be read */
  users(): string[];
  /** @throws LyncauthError when something could not be removed */
  forget(): Promise<{ removed: Removed[]; kept: Kept[] }>;
}

export interface ForgetTools extends SignOutTools {
  settings(): Promise<Settings>;
}

export interface Forgotten<Kept> {
  /** In the order in which it was removed. */
  readonly removed: Removed[];
  readonly kept: Kept[];
  readonly signedOut: SignedOut;
}

/**
 * Signs out and forgets: token, session, remembered address, trusted domains, found servers, names in the user's settings, and the `others`.
 * One part that cannot be removed does not keep the rest.
 * @throws LyncauthError when something is still there, naming what is gone; what the server said is in `signedOut.failure`
 */
export async function forget<Kept>(tools: ForgetTools, others: OtherTraces<Kept>): Promise<Forgotten<Kept>> {
  const { paths } = tools;
  const removed: Removed[] = [];
  const kept: Kept[] = [];
  let signedOut: SignedOut | undefined;
  let failure: LyncauthError | undefined;
  // The settings first: once the rest is gone nobody knows any more which of them name a user, and a run may be killed on its way.
  const names = namesKnown(paths, others);
  const parts: (() => Promise<Removed[]>)[] = [
    async () => await forgetSettings(await tools.settings(), names),
    async () => forgetUnwrittenSettings(paths.configFile),
    async () => {
      signedOut = await signOut(tools);
      return endedSession(signedOut, paths);
    },
    async () => (await forgetAll(paths)).removed,
    async () => {
      const elsewhere = await others.forget();
      kept.push(...elsewhere.kept);
      return elsewhere.removed;
    },
    async () => assertNobody(paths),
  ];
  for (const part of parts) {
    try {
      removed.push(...(await part()));
    } catch (error) {
      if (!isLyncauthError(error)) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw incomplete(failure, { removed, kept });
  return { removed, kept, signedOut: signedOut as SignedOut };
}

/** By which users are known here. */
function namesKnown(paths: ForgetTools['paths'], others: Pick<OtherTraces<unknown>, 'users'>): string[] {
  const session = readable(() => readSession(paths, { othersMayRead: true }));
  const addresses = readable(() => readMemory(paths).addresses) ?? [];
  const users = readable(() => others.users()) ?? [];
  return [session?.address, session?.displayName, ...addresses, ...users].filter((name) => name !== undefined);
}

/** What cannot be read is removed all the same, or complained about then. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    return undefined;
  }
}

function endedSession({ session, removed }: SignedOut, paths: ForgetTools['paths']): Removed[] {
  if (removed === undefined) return [];
  if (session !== undefined) return [{ kind: 'session', name: session.address }];
  return [{ kind: removed === 'rest' ? 'leftover' : 'session-file', name: sessionFile(paths) }];
}

function assertNobody(paths: ForgetTools['paths']): [] {
  if (readSession(paths) === undefined && readMemory(paths).lastAddress === undefined) return [];
  throw new LyncauthError('FAILED', 'another run of lyncauth signed in meanwhile', { hint: 'run lyncauth forget-credentials again' });
}

function incomplete(failure: LyncauthError, forgotten: Pick<Forgotten<unknown>, 'removed' | 'kept'>): LyncauthError {
  const { removed } = forgotten;
  const done = removed.length === 0 ? '' : ` (removed all the same: ${removed.map(removedText).join('; ')})`;
  return new LyncauthError(failure.code, `${failure.message}${done}`, {
    hint: failure.hint ?? 'run lyncauth forget-credentials again',
    details: { ...failure.details, ...forgotten },
    cause: failure,
  });
}
