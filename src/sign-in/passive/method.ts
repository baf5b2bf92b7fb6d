/** Sign-in by the browser's way, without a browser: the card answers at AD FS, and the pool gets the token that AD FS issues. */
import { LyncauthError } from '../../errors.js';
import { createCookieJar } from '../../http/cookies.js';
import type { MethodInput, PreparedSignIn, SignInMethod } from '../types.js';
import { postWresult } from './relying-party.js';
import { startPassive } from './start.js';
import { walk } from './walk.js';

/** Passive authentication (WS-Federation 1.2 section 13) with the card as TLS client certificate: what Microsoft documents for two-factor sign-in. */
export const passiveMethod: SignInMethod = { name: 'passive', unavailable, prepare };

function unavailable({ passiveUrl, identity }: MethodInput): string | undefined {
  if (passiveUrl === undefined) return 'the pool offers no passive sign-in';
  return identity === undefined ? 'there is no card to sign in with' : undefined;
}

async function prepare(input: MethodInput): Promise<PreparedSignIn> {
  const reason = unavailable(input);
  if (reason !== undefined) {
    throw new LyncauthError('METHOD_NOT_OFFERED', `passive sign-in is not possible: ${reason}`, {
      hint: 'choose another way with --method',
    });
  }
  // Its cookies open every service of the organisation; they end with this sign-in.
  const jar = createCookieJar();
  const { page, stsUrl } = await startPassive(input, jar);
  return async (proof) => {
    const complete = { ...input, ...proof };
    const { action, wresult, wctx } = await walk(complete, jar, page, stsUrl);
    return await postWresult(complete, jar, action, wresult, wctx);
  };
}
