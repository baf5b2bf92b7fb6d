/** The recommended start of a first sign-in with a card: no stale sign-in information gets in the way. */
import type { Context } from '../context.js';
import { readSession } from '../store/sessions.js';
import { readMemory } from '../store/sign-in-memory.js';
import type { AddressSource, SignInAnswers } from './answers.js';
import { type ForgetTools, forget, type OtherTraces } from './forget.js';
import type { Credentials } from './methods.js';
import { forgottenLines, notTold, type OpenRequest } from './report-end.js';

export interface FreshStart {
  /** Where the address may come from: not from what is about to be forgotten. */
  readonly source: AddressSource;
  /**
   * Deletes what is stored, if it is to be: only now that the PIN or the password is there, so that a card that does not fit or a PIN that is
   * wrong costs nobody the session that works.
   */
  forgetWith(credentials: Credentials, others: OtherTraces<OpenRequest>): Promise<Credentials>;
}

/**
 * Whether what is stored of earlier sign-ins is to be deleted: with --forget-first, or when a person at a terminal says so, who is asked once on
 * a computer, before a card is used for the first time, and only where something is stored.
 */
export async function freshStart(context: Context, answers: SignInAnswers, tools: ForgetTools): Promise<FreshStart> {
  const wanted = answers.forgetFirst || (await isWanted(context, answers));
  return {
    source: { given: answers.address, last: wanted ? undefined : readMemory(context.paths).lastAddress },
    forgetWith: async (credentials, others) => {
      if (!wanted) return credentials;
      const proof = await credentials.unlock();
      await forgetAloud(context, tools, others);
      return { ...credentials, unlock: async () => proof };
    },
  };
}

async function forgetAloud({ progress }: Context, tools: ForgetTools, others: OtherTraces<OpenRequest>): Promise<void> {
  const forgotten = await forget(tools, others);
  for (const line of forgottenLines(forgotten)) progress.note(line);
  const failure = notTold(forgotten.signedOut);
  if (failure !== undefined) progress.warn(failure.message);
}

async function isWanted({ paths, prompter }: Context, { method }: SignInAnswers): Promise<boolean> {
  if (method === 'password' || !prompter.interactive) return false;
  const { cardUsed, lastAddress } = readMemory(paths);
  if (cardUsed || (lastAddress === undefined && readSession(paths) === undefined)) return false;
  const message = 'A card is used here for the first time. Delete the sign-in information stored on this computer first? (recommended)';
  return await prompter.confirm({ message, flag: '--forget-first', default: true });
}
