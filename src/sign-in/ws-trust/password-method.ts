/** Sign-in with a password, for accounts without a card. The password goes to the pool, or to the pool's own AD FS, once; it is never stored or shown. */
import { isLyncauthError, LyncauthError } from '../../errors.js';
import { PASSWORD_GRANT, requestToken } from '../oauth.js';
import type { AccountPassword, MethodInput, PreparedSignIn, Proof, SignInMethod, Token } from '../types.js';
import { issueByPassword } from './issue.js';
import { endpointOf, notOffered } from './offered.js';
import { findService } from './service.js';

/** The pool's own password grant, else WS-Trust `usernamemixed` at AD FS. A password that one of them refused is not tried at the other. */
export const passwordMethod: SignInMethod = { name: 'password', unavailable, prepare };

function unavailable({ password, grants, passiveUrl }: MethodInput): string | undefined {
  if (password === undefined) return 'it needs a password';
  if (grants.includes(PASSWORD_GRANT) || passiveUrl !== undefined) return undefined;
  return 'the pool takes no passwords, and names no passive sign-in page that would take the token of AD FS';
}

async function prepare(input: MethodInput): Promise<PreparedSignIn> {
  // AD FS is looked for when the pool turns out not to do what it says.
  if (input.grants.includes(PASSWORD_GRANT)) return async (proof) => await askPool(input, proof);
  return await prepareAdFs(input);
}

async function askPool(input: MethodInput, proof: Proof): Promise<Token> {
  const { http, tokenUrl, passiveUrl, log, now } = input;
  const { account, secret } = passwordOf(proof);
  try {
    const grant = { grant_type: PASSWORD_GRANT, username: account, password: secret };
    const { token } = await requestToken(http, tokenUrl, grant, { now });
    if (token !== undefined) return token;
  } catch (error) {
    if (!isLyncauthError(error, 'METHOD_NOT_OFFERED') || passiveUrl === undefined) throw error;
    log?.verbose(`the pool itself takes no password (${error.message}); its sign-in service is asked`);
  }
  const signIn = await prepareAdFs(input);
  return await signIn(proof);
}

async function prepareAdFs(input: MethodInput): Promise<PreparedSignIn> {
  const { offer, stsUrl, realm, redeem } = await findService(input);
  const endpoint = endpointOf(offer, 'usernamemixed');
  if (!endpoint) throw notOffered(offer, stsUrl, ['usernamemixed']);
  return async (proof) => await redeem(await issueByPassword(input, endpoint, realm, passwordOf(proof)));
}

function passwordOf({ password }: Proof): AccountPassword {
  if (password === undefined) throw new LyncauthError('METHOD_NOT_OFFERED', 'no sign-in with the method password: it needs a password');
  return password;
}
