/** The pages of one CA over HTTPS: adds the logon, and turns every status but 200 into an error. */
import { LyncauthError } from '../errors.js';
import type { HttpClient, HttpResponse } from '../http/client.js';
import type { Logon } from '../http/request-rules.js';
import { logonError } from './logon.js';

/** A CA's pages send certificates as such only to what calls itself Mozilla. */
const USER_AGENT = 'Mozilla/5.0 (compatible; lyncauth)';

export interface SiteOptions {
  /** Without a slash at the end. */
  base: URL;
  http: HttpClient;
  auth: Logon;
  /** For fetching a page; the HTTP client's own limit unless given. */
  timeoutMs?: number | undefined;
  /** For posting a request: a CA may take long to decide. */
  postTimeoutMs: number;
}

export interface Site {
  readonly host: string;
  get(path: string, query?: Record<string, string>): Promise<HttpResponse>;
  post(path: string, form: Record<string, string>): Promise<HttpResponse>;
}

/** Both methods throw what the HTTP client throws, and LOGON_REFUSED, LOGON_UNSUPPORTED, REDIRECT_REFUSED or SERVER_ERROR. */
export function openSite({ base, http, auth, timeoutMs, postTimeoutMs }: SiteOptions): Site {
  const page = (path: string, query: Record<string, string> = {}) => {
    const url = new URL(`${base.href}/${path}`);
    url.search = new URLSearchParams(query).toString();
    return url;
  };
  return {
    host: base.host,
    get: async (path, query) => {
      const headers = { 'User-Agent': USER_AGENT };
      const response = await http.request({ method: 'GET', url: page(path, query), headers, auth, timeoutMs });
      return checked(response, base, auth);
    },
    post: async (path, form) => {
      const headers = { 'User-Agent': USER_AGENT, 'Content-Type': 'application/x-www-form-urlencoded' };
      const body = new URLSearchParams(form).toString();
      const response = await http.request({ method: 'POST', url: page(path), headers, body, auth, timeoutMs: postTimeoutMs });
      return checked(response, base, auth);
    },
  };
}

/** A redirect, a refusal and a missing page are given by the server before it looks at a request; its own failures leave that open. */
function checked(response: HttpResponse, { host, href }: URL, auth: Logon): HttpResponse {
  const { status, headers } = response;
  if (status === 200) return response;
  if (status === 401) throw logonError(host, auth, response);
  if (status >= 300 && status < 400) {
    throw new LyncauthError('REDIRECT_REFUSED', `${host} redirects to ${redirectTarget(headers.location)}, which is not followed`, {
      hint: 'give the address that the enrollment pages really have',
      details: { requestSent: false, status },
    });
  }
  const requestSent = !REFUSED_BEFORE.has(status);
  throw new LyncauthError('SERVER_ERROR', `${host} answered with status ${status}${explained(status)}`, {
    hint:
      status === 404
        ? `check the address: there are no enrollment pages at ${href}`
        : 'try again later, or ask the administrator of the CA',
    details: { requestSent, status },
  });
}

const REFUSED_BEFORE = new Set([400, 403, 404, 405, 406, 411, 413, 414, 415, 417, 421, 426, 428, 431, 451]);

function explained(status: number): string {
  if (status === 403) return ': this account may not use the pages';
  if (status === 404) return ': there is no such page';
  return status >= 500 ? ': it has a problem of its own' : '';
}

/** Only where it leads: a query may carry more than should be shown. */
function redirectTarget(location: string | undefined): string {
  if (location === undefined) return 'nowhere';
  return (location.split(/[?#]/)[0] ?? '').slice(0, 200);
}
