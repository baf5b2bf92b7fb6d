/** `lyncauth token`: the bearer token for other programs; the one command whose result is a secret. */
import { isatty } from 'node:tty';
import type { Context, Outcome } from '../context.js';
import { LyncauthError } from '../errors.js';
import { utcMinute } from '../sign-in/report.js';
import { readSession } from '../store/sessions.js';

const STANDARD_OUTPUT = 1;

export interface Options {
  force?: boolean;
}

/** @throws LyncauthError NOT_SIGNED_IN, TOKEN_EXPIRED; USAGE where a terminal would show it */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const session = readSession(context.paths);
  if (session === undefined) throw new LyncauthError('NOT_SIGNED_IN', 'nobody is signed in', { hint: 'lyncauth sign-in' });
  const { token, expiresAt, server, address } = session;
  if (expiresAt <= context.now()) {
    throw new LyncauthError('TOKEN_EXPIRED', `the token of ${address} was valid until ${utcMinute(expiresAt)}`, {
      hint: 'lyncauth sign-in',
    });
  }
  if (options.force !== true && isatty(STANDARD_OUTPUT)) {
    throw new LyncauthError('USAGE', 'the token would be shown on the terminal: whoever reads it can act in your name', {
      hint: 'pass it on to a program or a file, or give --force',
    });
  }
  const value = token.reveal();
  return { result: { token: value, expiresAt: expiresAt.toISOString(), server, address }, text: `${value}\n` };
}
