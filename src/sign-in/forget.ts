/** Removes every trace of a sign-in from this computer, and looks afterwards whether it is gone. Never touches the card. */
import { LyncauthError } from '../errors.js';
import { readSession } from '../store/sessions.js';
import type { Settings } from '../store/settings.js';
import { forgetAll, readMemory } from '../store/sign-in-memory.js';
import { type SignedOut, type SignOutTools, signOut } from './sign-out.js';

/** Settings that say who the user is: the account at the CA, and the name in the certificate. */
const PERSONAL = ['user', 'upn'];

/** What else this computer knows of the user; sign-in does not know where. */
export interface OtherTraces<Kept> {
  /** @throws LyncauthError when something could not be removed */
  forget(): Promise<{ removed: string[]; kept: Kept[]; users: string[] }>;
}

export interface ForgetTools extends SignOutTools {
  settings(): Promise<Settings>;
}

export interface Forgotten<Kept> {
  /** In words, in the order in which it was removed. */
  readonly removed: string[];
  readonly kept: Kept[];
  readonly signedOut: SignedOut;
}

/**
 * Signs out and forgets: token, session, remembered address, trusted domains, found servers, names in the user's settings, and the `others`.
 * @throws LyncauthError when something is still there; what the server said is in `signedOut.failure`
 */
export async function forget<Kept>(tools: ForgetTools, others: OtherTraces<Kept>): Promise<Forgotten<Kept>> {
  const { paths } = tools;
  const signedOut = await signOut(tools);
  const { session, removed: hadSession } = signedOut;
  const removed = hadSession
    ? [session === undefined ? 'session (its file could not be read)' : `session and token of ${session.address}`]
    : [];
  const lastAddress = lastKnown(paths);
  removed.push(...(await forgetAll(paths)).removed);
  const elsewhere = await others.forget();
  removed.push(...elsewhere.removed);
  const names = [session?.address, lastAddress, ...elsewhere.users].filter((name) => name !== undefined);
  removed.push(...(await forgetSettings(await tools.settings(), names)));
  if (readSession(paths) !== undefined || readMemory(paths).lastAddress !== undefined) {
    throw new LyncauthError('FAILED', 'another run of lyncauth signed in meanwhile', { hint: 'run lyncauth forget-credentials again' });
  }
  return { removed, kept: elsewhere.kept, signedOut };
}

/** The user's own settings only; what an administrator wrote for this computer stays. */
async function forgetSettings(settings: Settings, names: string[]): Promise<string[]> {
  const isPersonal = (name: string, value: string) =>
    PERSONAL.includes(name) || names.some((each) => value.toLowerCase().includes(each.toLowerCase()));
  const personal = settings.list().filter(({ name, value, source }) => source === 'user' && isPersonal(name, value));
  for (const { name, value } of personal) {
    await settings.unset(name);
    if (settings.list().some((left) => left.name === name && left.source === 'user')) {
      throw new LyncauthError('FAILED', `the setting ${name} (${value}) is still there after it was removed`, {
        hint: `lyncauth config unset ${name}`,
      });
    }
  }
  return personal.map(({ name, value }) => `setting ${name} (${value})`);
}

function lastKnown(paths: ForgetTools['paths']): string | undefined {
  try {
    return readMemory(paths).lastAddress;
  } catch {
    // It is removed all the same.
    return undefined;
  }
}
