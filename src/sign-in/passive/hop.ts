/** One request of a passive sign-in, made as a browser would make it. It follows nothing by itself: who calls it decides where the answer may lead. */
import { LyncauthError } from '../../errors.js';
import type { HttpResponse } from '../../http/client.js';
import type { CookieJar } from '../../http/cookies.js';
import type { ClientIdentity } from '../../signer.js';
import { isRedirect } from '../redirects.js';
import type { MethodInput } from '../types.js';

/** Of a page; the largest that a sign-in has is a token of some 10 KiB. */
const MAX_PAGE_BYTES = 512 * 1024;

export interface Hop {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Of a form, as application/x-www-form-urlencoded; may hold a token. */
  readonly body?: string | undefined;
  /** The body holds a token: it goes to one server, once. */
  readonly token?: boolean;
}

/** Sends `hop` with the cookies that belong there, and keeps those that come back; `identity` answers in TLS if the server asks for a certificate. */
export async function sendHop(input: MethodInput, jar: CookieJar, hop: Hop, identity?: ClientIdentity): Promise<HttpResponse> {
  const { method, url, body } = hop;
  const cookie = jar.header(url);
  const headers = {
    Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    ...(cookie !== undefined && { Cookie: cookie }),
    ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
  };
  const request = { method, url, headers, maxBytes: MAX_PAGE_BYTES, ...(body !== undefined && { body }) };
  // What holds no token asks for a page, and may be asked for again: by a server that wants the certificate late, under TLS 1.2.
  const response = await input.http.request(identity === undefined ? request : { ...request, identity, repeatable: hop.token !== true });
  jar.store(url, response.headers['set-cookie']);
  return response;
}

/**
 * Where `response` sends a browser that made `hop`; undefined when it is no redirect. 307 and 308 keep method and body, the others make a GET
 * of it (RFC 9110 section 15.4).
 *
 * @throws LyncauthError REDIRECT_REFUSED for a target that is not https; SERVER_ERROR for none at all
 */
export function redirectOf(hop: Hop, response: HttpResponse): Hop | undefined {
  if (!isRedirect(response.status)) return undefined;
  const { location } = response.headers;
  if (location === undefined || !URL.canParse(location, hop.url.href)) {
    throw new LyncauthError('SERVER_ERROR', `${hop.url.host} redirects to nowhere`, { hint: 'tell the administrator of that server' });
  }
  const url = httpsTarget(new URL(location, hop.url), hop.url);
  return response.status < 307 ? { method: 'GET', url } : { ...hop, url };
}

/**
 * `target`, to which a page or a redirect of `from` leads, without its fragment.
 *
 * @throws LyncauthError REDIRECT_REFUSED when it is not https, or has a user name in it
 */
export function httpsTarget(target: URL, from: URL): URL {
  if (target.protocol !== 'https:' || target.username !== '' || target.password !== '') {
    const where =
      target.protocol === 'https:' ? `an address with a user name in it` : `${target.protocol}//${target.host}, which is not https`;
    throw new LyncauthError('REDIRECT_REFUSED', `${from.host} leads to ${where}`, {
      hint: 'tell the administrator of that server: nothing that belongs to a sign-in is sent unencrypted',
      details: { host: target.host },
    });
  }
  const url = new URL(target);
  url.hash = '';
  return url;
}

/** True for a request to sign in (WS-Federation 1.2 section 13.2.2): what a relying party sends a browser to its sign-in server with. */
export function isSignInRequest(url: URL): boolean {
  return url.searchParams.get('wa') === 'wsignin1.0';
}
