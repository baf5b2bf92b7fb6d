/** Sign-in with a password, for accounts without a card. The password goes to the pool, or to the pool's own AD FS, once; it is never stored or shown. */
import { isLyncauthError, LyncauthError } from '../../errors.js';
import { createCookieJar } from '../../http/cookies.js';
import type { Secret } from '../../secret.js';
import { requestToken } from '../oauth.js';
import { postWresult } from '../passive/relying-party.js';
import { startPassive } from '../passive/start.js';
import type { MethodInput, SignInMethod, Token } from '../types.js';
import { issueByPassword } from './issue.js';
import { readOffer } from './mex.js';
import { endpointOf, notOffered } from './offered.js';
import { wrapAsWresult } from './wresult.js';

/** The pool's own password grant, else WS-Trust `usernamemixed` at AD FS. A password that one of them refused is not tried at the other. */
export const passwordMethod: SignInMethod = {
  name: 'password',
  unavailable: ({ password }) => (password === undefined ? 'it needs a password' : undefined),
  signIn,
};

async function signIn(input: MethodInput): Promise<Token> {
  const { password } = input;
  if (password === undefined) throw new LyncauthError('METHOD_NOT_OFFERED', 'no sign-in with the method password: it needs a password');
  const answer = await askPool(input, password);
  if ('token' in answer && answer.token) return answer.token;
  const passiveUrl = answer.passiveUrl ?? input.passiveUrl;
  if (passiveUrl === undefined) throw answer.refusal ?? noWay(input);
  return await askAdFs({ ...input, passiveUrl }, passiveUrl, password);
}

interface PoolAnswer {
  token?: Token | undefined;
  passiveUrl?: URL | undefined;
  /** The pool takes no passwords. */
  refusal?: LyncauthError;
}

async function askPool({ http, tokenUrl, address, log, now }: MethodInput, password: Secret): Promise<PoolAnswer> {
  try {
    return await requestToken(http, tokenUrl, { grant_type: 'password', username: address.text, password }, { now });
  } catch (error) {
    if (!isLyncauthError(error, 'METHOD_NOT_OFFERED')) throw error;
    log?.verbose(`the pool itself takes no password (${error.message}); its sign-in service is asked`);
    return { refusal: error };
  }
}

async function askAdFs(input: MethodInput, passiveUrl: URL, password: Secret): Promise<Token> {
  const jar = createCookieJar();
  const { stsUrl, wctx, realm } = await startPassive(input, jar);
  const offer = await readOffer(input, stsUrl);
  const endpoint = endpointOf(offer, 'usernamemixed');
  if (!endpoint) throw notOffered(offer, stsUrl, ['usernamemixed']);
  const token = await issueByPassword(input, endpoint, realm, password);
  return await postWresult(input, jar, passiveUrl, wrapAsWresult(token, realm, input.now()), wctx);
}

function noWay({ tokenUrl }: MethodInput): LyncauthError {
  return new LyncauthError('METHOD_NOT_OFFERED', `${tokenUrl.host} takes no passwords`, {
    hint: 'leave --method out to use what is offered',
  });
}
