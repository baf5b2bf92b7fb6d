/** The recommended start of a first sign-in with a card: no stale sign-in information gets in the way. */
import type { Context } from '../context.js';
import { readSession } from '../store/sessions.js';
import { readMemory } from '../store/sign-in-memory.js';
import type { AddressSource, SignInAnswers } from './answers.js';
import { type ForgetTools, forget, type OtherTraces } from './forget.js';
import { forgottenLines, type OpenRequest } from './report-end.js';

/**
 * Deletes what is stored of earlier sign-ins, with --forget-first, or when a person at a terminal says so: asked once on a computer, before a card
 * is used for the first time, and only where something is stored.
 * @returns what is left to take the address from
 */
export async function offerToForget(
  context: Context,
  answers: SignInAnswers,
  tools: ForgetTools,
  others: OtherTraces<OpenRequest>,
): Promise<AddressSource> {
  if (answers.forgetFirst || (await isWanted(context, answers))) {
    for (const line of forgottenLines(await forget(tools, others))) context.progress.note(line);
  }
  return { given: answers.address, last: readMemory(context.paths).lastAddress };
}

async function isWanted({ paths, prompter }: Context, { method }: SignInAnswers): Promise<boolean> {
  if (method === 'password' || !prompter.interactive) return false;
  const { cardUsed, lastAddress } = readMemory(paths);
  if (cardUsed || (lastAddress === undefined && readSession(paths) === undefined)) return false;
  const message = 'A card is used here for the first time. Delete the sign-in information stored on this computer first? (recommended)';
  return await prompter.confirm({ message, flag: '--forget-first', default: true });
}
