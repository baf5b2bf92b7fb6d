/** `lyncauth forget-credentials`: no trace of a user on this computer, and a list of what was there. */
import type { Context, Outcome } from '../context.js';
import { enrollmentTraces } from '../enrollment/forget.js';
import { forget } from '../sign-in/forget.js';
import { reportForgotten } from '../sign-in/report-end.js';
import { sessionTools } from '../sign-in/tools.js';
import type { ServerOptions } from './flags.js';

export interface Options extends ServerOptions {
  abandon?: boolean;
}

/** @throws LyncauthError when something stays; a server that could not be told is the failure of the outcome */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const others = enrollmentTraces(context.paths, { abandon: options.abandon === true });
  return reportForgotten(await forget(sessionTools(context, options), others));
}
