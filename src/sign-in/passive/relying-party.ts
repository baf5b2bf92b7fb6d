/** The last step of a passive sign-in: the pool gets the token of its sign-in server, gives cookies, and for these its own token. */

import { type ErrorDetails, LyncauthError } from '../../errors.js';
import type { HttpResponse } from '../../http/client.js';
import type { CookieJar } from '../../http/cookies.js';
import type { Secret } from '../../secret.js';
import { clockError, clockSkew } from '../clock.js';
import { poolError } from '../diagnostics.js';
import { PASSIVE_GRANT, requestToken } from '../oauth.js';
import { MAX_REDIRECTS, redirectTarget } from '../redirects.js';
import type { MethodInput, Token } from '../types.js';
import { type Hop, isSignInRequest, sendHop } from './hop.js';

/** The pool's number for: no valid security token. Here it is about the one that was just posted. */
const NO_VALID_TOKEN = 28020;

/**
 * Posts a security token to the pool (WS-Federation 1.2 section 13.2.3), then asks for the web ticket with the cookies that came back
 * (UCWA, "Authentication in UCWA", grant `urn:microsoft.rtc:passive`).
 *
 * @param url the pool's passive sign-in page
 * @param wresult the RequestSecurityTokenResponse as the sign-in server made it, byte for byte
 * @param wctx as the pool gave it
 * @throws LyncauthError SIGN_IN_REFUSED or CLOCK_SKEW when the pool does not take the token, and what poolError and requestToken throw
 */
export async function postWresult(input: MethodInput, jar: CookieJar, url: URL, wresult: Secret, wctx: string | undefined): Promise<Token> {
  const { http, trust, tokenUrl } = input;
  await trust.assertTrusted(url, 'the passive sign-in page');
  const form = new URLSearchParams({ wa: 'wsignin1.0', wresult: wresult.reveal(), ...(wctx !== undefined && { wctx }) });
  const posted: Hop = { method: 'POST', url, body: form.toString(), token: true };
  const response = await sendHop(input, jar, posted);
  if (response.status >= 400) {
    const refusal = await poolError(response, `the passive sign-in page at ${url.host}`, { now: input.now() });
    throw refusal.details.diagnosticsId === NO_VALID_TOKEN ? notTaken(input, url, response, refusal.details) : refusal;
  }
  await followWithin(input, jar, posted, response);
  const answer = await requestToken(http, tokenUrl, { grant_type: PASSIVE_GRANT }, { cookies: jar, now: () => input.now() });
  if (answer.token !== undefined) return answer.token;
  throw notTaken(input, url, response);
}

/**
 * A browser would follow where the page leads next, and pages there may add cookies. What they show does not matter, nor where they lead in
 * the end: the token request decides. To other servers nothing is sent; a pool often knows itself by several names.
 */
async function followWithin(input: MethodInput, jar: CookieJar, posted: Hop, first: HttpResponse): Promise<void> {
  let response = first;
  let hop = posted;
  for (let redirects = 0; redirects < MAX_REDIRECTS; redirects += 1) {
    const url = redirectTarget(response, hop.url);
    if (url === undefined) return;
    if (isSignInRequest(url)) throw notTaken(input, posted.url, response);
    if (url.origin !== posted.url.origin) {
      input.log?.verbose(`${posted.url.host} leads on to ${url.origin}: nothing is sent there, the token is asked for now`);
      return;
    }
    // The token has been delivered once; a second time would be a replay.
    hop = { method: 'GET', url };
    response = await sendHop(input, jar, hop);
  }
}

function notTaken(input: MethodInput, { host }: URL, { headers }: HttpResponse, details: ErrorDetails = {}): LyncauthError {
  const ahead = clockSkew(headers, input.now());
  if (ahead !== undefined) return clockError(ahead, host);
  const { serverReason } = details;
  const said = typeof serverReason === 'string' ? ` (it says: ${serverReason.replace(/\.$/, '')}, ${NO_VALID_TOKEN})` : '';
  return new LyncauthError('SIGN_IN_REFUSED', `${host} does not accept the token that its sign-in server (AD FS) issued${said}`, {
    hint: "ask the administrator to check the pool's relying party trust at AD FS: the rule that passes the primary SID, the token-signing certificate, the clocks",
    details: { ...details, host },
  });
}
