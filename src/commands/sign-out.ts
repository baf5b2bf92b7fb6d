/** `lyncauth sign-out`: ends the session at the server and here; with --forget it also deletes the sign-in information. */
import type { Context, Outcome } from '../context.js';
import { enrollmentTraces } from '../enrollment/forget.js';
import { forget } from '../sign-in/forget.js';
import { reportForgotten, reportSignOut } from '../sign-in/report-end.js';
import { signOut } from '../sign-in/sign-out.js';
import { sessionTools } from '../sign-in/tools.js';
import type { ServerOptions } from './flags.js';

export interface Options extends ServerOptions {
  forget?: boolean;
}

/** @throws LyncauthError when something stays on this computer; a server that could not be told is the failure of the outcome */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const tools = sessionTools(context, options);
  if (options.forget !== true) return reportSignOut(await signOut(tools));
  return reportForgotten(await forget(tools, enrollmentTraces(context.paths, { abandon: false })));
}
