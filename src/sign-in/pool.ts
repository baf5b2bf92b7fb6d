/** From the resource that discovery found to the pool's token service. Nothing secret is sent here, yet only trusted servers are asked. */
import { LyncauthError } from '../errors.js';
import type { HttpClient, HttpResponse } from '../http/client.js';
import { serverName } from '../http/failure.js';
import { type Challenge, readChallenge, wantsWebTicket } from './challenge.js';
import { notHomed, poolError } from './diagnostics.js';
import type { Discovery } from './discovery.js';
import { readDiscovery } from './discovery-document.js';
import { MAX_REDIRECTS, redirectTarget, tooManyRedirects } from './redirects.js';
import { isWebPage } from './server-text.js';
import type { TrustRule } from './types.js';

export interface Pool extends Challenge {
  /** The resource that asked for a token. */
  readonly userUrl: URL;
}

const SERVICE = 'the sign-in service of the pool';

/**
 * The token service of the user's pool, as the user resource's challenge names it. Redirects, of HTTP and as links, are followed to
 * trusted servers, and so is the way from a root resource to the user resource.
 *
 * @throws LyncauthError DOMAIN_UNTRUSTED; DISCOVERY_FAILED when no Lync service answers; REDIRECT_REFUSED for too many redirects; what
 *   poolError and the HTTP client throw
 */
export async function resolvePool(http: HttpClient, trust: TrustRule, { userUrl }: Pick<Discovery, 'userUrl'>): Promise<Pool> {
  let url = userUrl;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    await trust.assertTrusted(url, SERVICE);
    const response = await http.request({ method: 'GET', url, headers: { Accept: 'application/json' } });
    const challenge = response.status === 401 ? readChallenge(response.headers) : undefined;
    if (challenge) {
      await trust.assertTrusted(challenge.tokenUrl, 'the token service of the pool');
      return { ...challenge, userUrl: url };
    }
    const next = redirectTarget(response, url) ?? (await link(response, url)) ?? tokenVariant(response, url);
    if (next === undefined) throw await noService(response, url);
    url = next;
  }
  throw tooManyRedirects(SERVICE, url, 'name the pool with --server https://HOST, or tell its administrator');
}

/** To the server where the user is at home ([MS-OCDISCWS] section 3.1.5.5), or from its root, to which that leads, to the user resource. */
async function link(response: HttpResponse, url: URL): Promise<URL | undefined> {
  if (response.status !== 200) return undefined;
  const { redirectUrl, userUrl } = await readDiscovery(response, url);
  return redirectUrl ?? (userUrl?.href === url.href ? undefined : userUrl);
}

/** The XML form of discovery may name the resource for web tickets only; the one for tokens lies beside it (UCWA, "Create an application"). */
function tokenVariant({ status, headers }: HttpResponse, url: URL): URL | undefined {
  if (status !== 401 || !wantsWebTicket(headers) || !/\/root\/user$/i.test(url.pathname)) return undefined;
  const variant = new URL(url);
  variant.pathname = url.pathname.replace(/\/user$/i, '/oauth/user');
  return variant;
}

async function noService(response: HttpResponse, url: URL): Promise<LyncauthError> {
  const host = serverName(url);
  const failed = (problem: string) =>
    new LyncauthError('DISCOVERY_FAILED', `${host} ${problem}`, {
      hint: 'ask the administrator for the address of the pool, and name it with --server https://HOST',
      details: { status: response.status },
    });
  if (response.status === 401 && wantsWebTicket(response.headers))
    return failed('issues no tokens: this pool is older than Lync Server 2013');
  if (response.status === 401) return failed('asks for a logon, but not as a Lync server does');
  const homeless = notHomed(response, url);
  if (homeless) return homeless;
  if (isWebPage(response.body)) return failed('answers with a web page: no Lync server is at this address');
  if (response.status === 404) return failed('is a server, but not one of Lync: it has no such service');
  if (response.status < 400) return failed('answers, but not as a Lync server does');
  return await poolError(response, `the pool at ${host}`);
}
