/** The token service of a pool (UCWA, "Authentication in UCWA"). It must not ask anything of a server that the trust rule has not seen. */

import type { HttpClient, HttpResponse } from '../http/client.js';
import type { CookieJar } from '../http/cookies.js';
import { serverName } from '../http/failure.js';
import { Secret } from '../secret.js';
import { expectJson, type JsonObject, jsonObject, textAt, unfitAnswer, webAddress } from './answer.js';
import { poolError } from './diagnostics.js';
import type { Token } from './types.js';

export const PASSIVE_GRANT = 'urn:microsoft.rtc:passive';
export const PASSWORD_GRANT = 'password';

export interface Grant {
  /** `password`, `urn:microsoft.rtc:passive`, `urn:microsoft.rtc:windows`. */
  readonly grant_type: string;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
}

export interface TokenRequestOptions {
  /** What the pool set at its passive sign-in page. */
  readonly cookies?: CookieJar | undefined;
  now(): Date;
}

/** The pool gives a token, or names the page at which to sign in first. */
export type TokenAnswer =
  | { readonly token: Token; readonly passiveUrl?: undefined }
  | { readonly token?: undefined; readonly passiveUrl: URL };

/** Node's limit for all headers of an answer is the longest a server can expect to get back. */
const MAX_TOKEN_LENGTH = 16 * 1024;
const MAX_LIFE_SECONDS = 30 * 24 * 3600;
/** What may stand behind `Bearer` (RFC 6750 section 2.1), and the characters that Lync's own tokens have beyond that. */
const TOKEN_TEXT = /^[\x21-\x7e]+$/;

/**
 * Asks for a bearer token.
 *
 * @param tokenUrl trusted already
 * @returns with `passiveUrl` when the pool wants a passive sign-in first: not looked at by the trust rule yet
 * @throws LyncauthError what poolError makes of the pool's refusal; SERVER_ERROR for an answer that is none; what the HTTP client throws
 */
export async function requestToken(
  http: HttpClient,
  tokenUrl: URL,
  grant: Grant,
  { cookies, now }: TokenRequestOptions,
): Promise<TokenAnswer> {
  const cookie = cookies?.header(tokenUrl);
  const response = await http.request({
    method: 'POST',
    url: tokenUrl,
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8',
      ...(cookie !== undefined && { Cookie: cookie }),
    },
    body: form(grant),
  });
  cookies?.store(tokenUrl, response.headers['set-cookie']);
  if (response.status === 200) return { token: readToken(expectJson(response.body, tokenUrl, 'the token service'), tokenUrl, now()) };
  const passiveUrl = passiveUrlOf(response, grant, tokenUrl);
  if (passiveUrl) return { passiveUrl };
  throw await poolError(response, `the token service at ${serverName(tokenUrl)}`, {
    now: now(),
    ...(grant.password && { proof: 'password' }),
  });
}

function form({ grant_type, username, password }: Grant): string {
  const fields = new URLSearchParams({ grant_type });
  if (username !== undefined) fields.set('username', username);
  if (password !== undefined) fields.set('password', password.reveal());
  return fields.toString();
}

/** The answer to the passive grant without a valid cookie: 400, 28020 and `ms_rtc_passiveauthuri`. */
function passiveUrlOf({ status, body }: HttpResponse, { grant_type }: Grant, tokenUrl: URL): URL | undefined {
  if (status < 400 || status >= 500 || grant_type !== PASSIVE_GRANT) return undefined;
  return webAddress(textAt(jsonObject(body), 'ms_rtc_passiveauthuri'), tokenUrl);
}

function readToken(json: JsonObject, tokenUrl: URL, now: Date): Token {
  const text = textAt(json, 'access_token') ?? '';
  const seconds = secondsOf(json.expires_in);
  const type = textAt(json, 'token_type') ?? 'Bearer';
  if (!TOKEN_TEXT.test(text) || text.length > MAX_TOKEN_LENGTH)
    throw unfitAnswer(tokenUrl, 'the token service', 'answered without a usable token');
  // Registered with the redactor from here on.
  const value = new Secret(text);
  if (type.toLowerCase() !== 'bearer') throw unfitAnswer(tokenUrl, 'the token service', 'issued a token of a kind that is not known');
  if (!(seconds > 0)) throw unfitAnswer(tokenUrl, 'the token service', 'does not say how long its token is valid');
  return { value, expiresAt: new Date(now.getTime() + Math.min(seconds, MAX_LIFE_SECONDS) * 1000) };
}

/** Some servers write numbers as texts. */
function secondsOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}
