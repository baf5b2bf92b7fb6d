/** From the user resource to the server where the user is at home. A token goes to the server that asked for it, and to no other. */
import type { LyncauthError } from '../errors.js';
import type { HttpClient, HttpResponse } from '../http/client.js';
import { serverName } from '../http/failure.js';
import { expectJson, linkTo, unfitAnswer } from './answer.js';
import { type Challenge, readChallenge } from './challenge.js';
import { notHomed, poolError } from './diagnostics.js';
import { MAX_REDIRECTS, redirectTarget, tooManyRedirects } from './redirects.js';
import type { Token, TrustRule } from './types.js';
import { authorized } from './ucwa-request.js';

export interface TokenSource {
  readonly trust: TrustRule;
  /** A token for another server of the organisation, which asked for one; its token service is trusted already. */
  getToken(challenge: Challenge): Promise<Token>;
  now(): Date;
}

/** The servers of one user, each with the token that it asked for. */
export interface UserServers {
  request(method: 'GET' | 'POST', url: URL, body?: string): Promise<HttpResponse>;
  tokenOf(url: URL): Token | undefined;
}

/** @param userUrl the resource whose challenge `token` was issued for */
export function createUserServers(http: HttpClient, userUrl: URL, token: Token, { trust, getToken }: TokenSource): UserServers {
  const tokens = new Map([[userUrl.origin, token]]);
  return {
    tokenOf: ({ origin }) => tokens.get(origin),
    request: async (method, url, body) => {
      await trust.assertTrusted(url, "the user's home server");
      const own = tokens.get(url.origin);
      const response = await http.request({ method, url, ...authorized(own, body) });
      // A server without a token is made to say where its tokens come from.
      const challenge = own === undefined && response.status === 401 ? readChallenge(response.headers) : undefined;
      if (!challenge) return response;
      await trust.assertTrusted(challenge.tokenUrl, "the token service of the user's home server");
      const fetched = await getToken(challenge);
      tokens.set(url.origin, fetched);
      return await http.request({ method, url, ...authorized(fetched, body) });
    },
  };
}

/**
 * Where applications are made, as the user resource says. A user who is at home elsewhere is sent to that server's `redirect` or root
 * resource, which names the `user` resource there (UCWA, "redirect").
 *
 * @throws LyncauthError as openApplication does
 */
export async function findApplications(servers: UserServers, userUrl: URL, now: () => Date): Promise<URL> {
  let url = userUrl;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await servers.request('GET', url);
    let next = redirectTarget(response, url);
    if (!next) {
      if (response.status !== 200) throw await refusal(response, url, now());
      const json = expectJson(response.body, url, 'the user resource');
      const applications = linkTo(json, 'applications', url);
      if (applications) return applications;
      next = linkTo(json, 'redirect', url) ?? linkTo(json, 'user', url);
    }
    if (!next) throw unfitAnswer(url, 'the user resource', 'names no place for applications: the pool has no UCWA');
    url = next;
  }
  throw tooManyRedirects('the pool', url, 'tell the administrator of the pool');
}

/** For an answer of the pool to a request with the token that it issued a moment ago. */
export async function refusal(response: HttpResponse, url: URL, now: Date): Promise<LyncauthError> {
  return notHomed(response, url) ?? (await poolError(response, `the pool at ${serverName(url)}`, { now, proof: 'new token' }));
}
