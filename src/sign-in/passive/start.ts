/** The first step of a passive sign-in: the pool's page tells which sign-in server (AD FS) it trusts. No credential is used here. */
import { LyncauthError } from '../../errors.js';
import type { CookieJar } from '../../http/cookies.js';
import { poolError } from '../diagnostics.js';
import { MAX_REDIRECTS } from '../redirects.js';
import type { MethodInput } from '../types.js';
import { type Hop, isSignInRequest, redirectOf, sendHop } from './hop.js';

export interface PassiveStart {
  /** The pool's passive sign-in page, which takes the token; trusted. */
  readonly page: URL;
  /** The sign-in request at the sign-in server, whole, as the pool made it; its host is trusted. */
  readonly stsUrl: URL;
  /** What the pool wants back with the token (WS-Federation 1.2 section 13.2.1). Never shown. */
  readonly wctx: string | undefined;
  /** Whom the token is for: the pool's name at the sign-in server. */
  readonly realm: string;
}

/**
 * Asks the pool's passive sign-in page where to sign in. The page itself may move within its origin (its session module redirects to the
 * spelling that its cookies are for); the first sign-in request names the sign-in server.
 *
 * @throws LyncauthError DOMAIN_UNTRUSTED for a sign-in server that is not of the user's organisation; REDIRECT_REFUSED; SERVER_ERROR; and what
 *   poolError makes of a refusal
 */
export async function startPassive(input: MethodInput, jar: CookieJar): Promise<PassiveStart> {
  const { passiveUrl, trust } = input;
  if (passiveUrl === undefined) {
    throw new LyncauthError('METHOD_NOT_OFFERED', 'the pool offers no passive sign-in', { hint: 'choose another way with --method' });
  }
  await trust.assertTrusted(passiveUrl, 'the passive sign-in page');
  let hop: Hop = { method: 'GET', url: passiveUrl };
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await sendHop(input, jar, hop);
    const next = redirectOf(hop, response);
    if (next === undefined) {
      if (response.status >= 400) {
        throw await poolError(response, `the passive sign-in page at ${passiveUrl.host}`, { now: input.now() });
      }
      throw noRequest(passiveUrl);
    }
    if (isSignInRequest(next.url)) return await readRequest(input, passiveUrl, next.url);
    if (next.url.origin !== passiveUrl.origin) throw foreign(passiveUrl, next.url);
    hop = next;
  }
  throw new LyncauthError('REDIRECT_REFUSED', `the passive sign-in page at ${passiveUrl.host} redirects in circles`, {
    hint: 'tell the administrator of the pool',
  });
}

async function readRequest({ trust, log }: MethodInput, passiveUrl: URL, stsUrl: URL): Promise<PassiveStart> {
  await trust.assertTrusted(stsUrl, `the sign-in server (AD FS) that ${passiveUrl.host} sends us to`);
  const realm = stsUrl.searchParams.get('wtrealm');
  if (realm === null || realm === '') throw noRequest(passiveUrl);
  log?.verbose(`the pool sends us to the sign-in server ${stsUrl.host}`);
  return { page: passiveUrl, stsUrl, wctx: stsUrl.searchParams.get('wctx') ?? undefined, realm };
}

function noRequest({ host }: URL): LyncauthError {
  return new LyncauthError('SERVER_ERROR', `the passive sign-in page at ${host} does not say where to sign in`, {
    hint: 'ask the administrator of the pool to check its passive authentication (Set-CsWebServiceConfiguration)',
  });
}

function foreign({ host }: URL, target: URL): LyncauthError {
  return new LyncauthError('REDIRECT_REFUSED', `the passive sign-in page at ${host} leads to ${target.host} without a sign-in request`, {
    hint: 'tell the administrator of the pool',
    details: { host: target.host },
  });
}
