/**
 * The way through the pages of a sign-in server (AD FS 2.0 to 2025) to its token, with the card. Every step is decided here or in parties.ts;
 * no script is run, and a server can neither prolong the way nor choose where the certificate or the token goes.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpResponse } from '../../http/client.js';
import type { CookieJar } from '../../http/cookies.js';
import { Secret } from '../../secret.js';
import { certificateHostFailure } from '../certificate-host.js';
import { clockError, clockSkew } from '../clock.js';
import type { MethodInput } from '../types.js';
import { clockMayExplain, startedAnew } from './failures.js';
import { type Hop, redirectOf, sendHop } from './hop.js';
import { createNavigator, type Step } from './navigator.js';
import { createParties } from './parties.js';
import { endless } from './refusals.js';

const MAX_HOPS = 20;
const MAX_VISITS = 2;
const PAUSE_MS = 1000;

/** What a sign-in server issued, and where it is to go. */
export interface IssuedToken {
  readonly action: URL;
  readonly wresult: Secret;
  readonly wctx: string | undefined;
}

export interface WalkOptions {
  /** How a busy server is given time. */
  pause?: (ms: number) => Promise<unknown>;
}

/**
 * Walks from the sign-in request to the token.
 *
 * @param pool the passive sign-in page: its origin gets the token
 * @param request at the sign-in server, which is trusted
 * @throws LyncauthError CERTIFICATE_NOT_ACCEPTED, METHOD_NOT_OFFERED, SIGN_IN_REFUSED, ACCOUNT_DISABLED, CLOCK_SKEW, DOMAIN_UNTRUSTED,
 *   REDIRECT_REFUSED, SERVER_ERROR, with `details.msis` and `details.activityId` where the server gives them, and what the HTTP client throws
 */
export async function walk(input: MethodInput, jar: CookieJar, pool: URL, request: URL, options: WalkOptions = {}): Promise<IssuedToken> {
  const { pause = delay } = options;
  const parties = createParties(pool, request, input.trust);
  const navigator = createNavigator(parties, input.log);
  const seen = new Set<string>();
  let paused = false;
  let visits = 0;
  let here = false;

  /** AD FS and the proxies before it answer 400 or 429 now and then, where the same works a second later: that is tolerated once. */
  async function send(hop: Hop): Promise<HttpResponse> {
    const atCertificate = parties.takesCertificate(hop.url);
    if (atCertificate && (!here || hop.method === 'POST')) visits += 1;
    here = atCertificate;
    if (visits > MAX_VISITS) throw startedAnew(hop.url.host);
    const once = atCertificate ? () => sendWithCard(input, jar, hop) : () => sendHop(input, jar, hop);
    const response = await once();
    if ((response.status !== 400 && response.status !== 429) || paused || hop.token === true) return response;
    paused = true;
    await pause(PAUSE_MS);
    return await once();
  }

  async function step(hop: Hop, response: HttpResponse): Promise<Step> {
    const next = redirectOf(hop, response);
    if (next === undefined) return await navigator.read(hop, response, visits > 0);
    await parties.follow(next, hop.url);
    return next;
  }

  let hop: Hop = { method: 'GET', url: request };
  for (let hops = 0; hops < MAX_HOPS; hops += 1) {
    const print = fingerprint(hop, jar.header(hop.url));
    if (seen.has(print)) throw endless(hop.url.host, 'it comes back to where it was');
    seen.add(print);
    const response = await send(hop);
    const next = await step(hop, response).catch((error: unknown) => {
      throw blameClock(error, input, hop.url, response);
    });
    if ('wresult' in next) return { ...next, wresult: new Secret(next.wresult) };
    hop = next;
  }
  throw endless(request.host, `more than ${MAX_HOPS} steps`);
}

/** The card answers if the server asks, in the handshake or (AD FS 2.0) once it has read the request. */
async function sendWithCard(input: MethodInput, jar: CookieJar, hop: Hop): Promise<HttpResponse> {
  input.log?.verbose(`the certificate on the card goes to ${hop.url.host}, if it asks`);
  try {
    return await sendHop(input, jar, hop, input.identity);
  } catch (error) {
    throw certificateHostFailure(error, hop.url);
  }
}

/** The same request with the same cookies gets the same answer. */
function fingerprint({ method, url, body = '' }: Hop, cookie = ''): string {
  return createHash('sha256').update([method, url.href, body, cookie].join('\n')).digest('base64');
}

/** A wrong clock has many faces at a sign-in server; none of its pages names it. */
function blameClock(error: unknown, input: MethodInput, { host }: URL, { headers }: HttpResponse): unknown {
  if (!clockMayExplain(error)) return error;
  const ahead = clockSkew(headers, input.now());
  const { msis } = error.details;
  return ahead === undefined ? error : clockError(ahead, host, typeof msis === 'string' ? ` (${msis})` : '');
}
