/** From the resource that discovery found to the pool's token service. Nothing secret is sent here, yet only trusted servers are asked. */
import { LyncauthError } from '../errors.js';
import type { HttpClient, HttpResponse } from '../http/client.js';
import { serverName } from '../http/failure.js';
import { redirectTarget } from './answer.js';
import { type Challenge, readChallenge, wantsWebTicket } from './challenge.js';
import { poolError } from './diagnostics.js';
import type { Discovery } from './discovery.js';
import { readDiscovery } from './discovery-document.js';
import { isWebPage } from './server-text.js';
import type { TrustRule } from './types.js';
import { NOT_HOMED } from './verdicts.js';

export interface Pool extends Challenge {
  /** The resource that asked for a token. */
  readonly userUrl: URL;
}

const SERVICE = 'the sign-in service of the pool';
const MAX_HOPS = 5;

/**
 * The token service of the user's pool, as the user resource's challenge names it. Redirects, of HTTP and as links, are followed to
 * trusted servers.
 *
 * @throws LyncauthError DOMAIN_UNTRUSTED; DISCOVERY_FAILED when no Lync service answers; REDIRECT_REFUSED for too many redirects; what
 *   poolError and the HTTP client throw
 */
export async function resolvePool(http: HttpClient, trust: TrustRule, { userUrl }: Pick<Discovery, 'userUrl'>): Promise<Pool> {
  let url = userUrl;
  for (let hop = 0; hop <= MAX_HOPS; hop += 1) {
    await trust.assertTrusted(url, SERVICE);
    const response = await http.request({ method: 'GET', url, headers: { Accept: 'application/json' } });
    const challenge = response.status === 401 ? readChallenge(response.headers) : undefined;
    if (challenge) {
      await trust.assertTrusted(challenge.tokenUrl, 'the token service of the pool');
      return { ...challenge, userUrl: url };
    }
    const next = redirectTarget(response, url) ?? redirectLink(response, url) ?? tokenVariant(response, url);
    if (next === undefined) throw noService(response, url);
    url = next;
  }
  throw new LyncauthError('REDIRECT_REFUSED', `${SERVICE} redirects more than ${MAX_HOPS} times, at last to ${serverName(url)}`, {
    hint: 'name the pool with --server https://HOST, or tell its administrator',
  });
}

/** The user is at home on another server ([MS-OCDISCWS] section 3.1.5.5). */
function redirectLink(response: HttpResponse, url: URL): URL | undefined {
  return response.status === 200 ? readDiscovery(response, url).redirectUrl : undefined;
}

/** The XML form of discovery may name the resource for web tickets only; the one for tokens lies beside it (UCWA, "Create an application"). */
function tokenVariant({ status, headers }: HttpResponse, url: URL): URL | undefined {
  if (status !== 401 || !wantsWebTicket(headers) || !/\/root\/user$/i.test(url.pathname)) return undefined;
  const variant = new URL(url);
  variant.pathname = url.pathname.replace(/\/user$/i, '/oauth/user');
  return variant;
}

function noService(response: HttpResponse, url: URL): LyncauthError {
  const host = serverName(url);
  const failed = (problem: string) =>
    new LyncauthError('DISCOVERY_FAILED', `${host} ${problem}`, {
      hint: 'name the pool with --server https://HOST; its administrator knows the address',
      details: { status: response.status },
    });
  if (response.status === 401 && wantsWebTicket(response.headers))
    return failed('issues no tokens: this pool is older than Lync Server 2013');
  if (response.status === 401) return failed('asks for a logon, but not as a Lync server does');
  if (response.status === 404 && response.body.length === 0)
    return new LyncauthError(NOT_HOMED.code, `${host} ${NOT_HOMED.says}`, { hint: NOT_HOMED.hint });
  if (isWebPage(response.body)) return failed('answers with a web page: no Lync server is at this address');
  if (response.status === 404) return failed('is a server, but not one of Lync: it has no such service');
  if (response.status < 400) return failed('answers, but not as a Lync server does');
  return poolError(response, `the pool at ${host}`);
}
