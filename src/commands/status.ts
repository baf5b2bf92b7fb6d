/** `lyncauth status`: who is signed in, and until when. */
import type { Context, Outcome } from '../context.js';
import { status } from '../sign-in/status.js';
import { sessionTools } from '../sign-in/tools.js';
import type { ServerOptions } from './flags.js';

export interface Options extends ServerOptions {
  offline?: boolean;
  quiet?: boolean;
}

/** @throws LyncauthError NETWORK and the like when the server does not say; STATE_UNREADABLE */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const tools = sessionTools(context, options);
  const { text, ...outcome } = await status({ ...tools, http: options.offline === true ? undefined : tools.http });
  // With --quiet the exit code says it, as scripts like it.
  return options.quiet === true || text === undefined ? outcome : { ...outcome, text };
}
