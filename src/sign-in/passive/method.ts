/** Sign-in by the browser's way, without a browser: the card answers at AD FS, and the pool gets the token that AD FS issues. */
import { LyncauthError } from '../../errors.js';
import { createCookieJar } from '../../http/cookies.js';
import type { MethodInput, SignInMethod } from '../types.js';
import { postWresult } from './relying-party.js';
import { startPassive } from './start.js';
import { walk } from './walk.js';

/** Passive authentication (WS-Federation 1.2 section 13) with the card as TLS client certificate: what Microsoft documents for two-factor sign-in. */
export const passiveMethod: SignInMethod = {
  name: 'passive',
  unavailable,
  signIn: async (input) => {
    const reason = unavailable(input);
    if (reason !== undefined || input.passiveUrl === undefined) {
      throw new LyncauthError('METHOD_NOT_OFFERED', `passive sign-in is not possible: ${reason ?? 'no page'}`, {
        hint: 'choose another way with --method',
      });
    }
    // Its cookies open every service of the organisation; they end with this function.
    const jar = createCookieJar();
    const { stsUrl } = await startPassive(input, jar);
    const { action, wresult, wctx } = await walk(input, jar, input.passiveUrl, stsUrl);
    return await postWresult(input, jar, action, wresult, wctx);
  },
};

function unavailable({ passiveUrl, identity }: MethodInput): string | undefined {
  if (passiveUrl === undefined) return 'the pool offers no passive sign-in';
  return identity === undefined ? 'there is no card to sign in with' : undefined;
}
