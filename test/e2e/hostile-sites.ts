/** The decent part of an organisation whose other part is hostile: discovery, the user resource and UCWA. Whatever stands before a site wins. */
import type { Answer, Asked, Site } from '../support/named-hosts.js';
import { ACCESS_TOKEN, adfs, on, pool } from '../unit/sign-in/passive/fake-sites.js';

export const POOL = 'https://pool.lab.test';
export const USER_PATH = '/Autodiscover/AutodiscoverService.svc/root/oauth/user';
export const APPLICATIONS_PATH = '/ucwa/oauth/v1/applications';

/** Names the user resource of the pool. */
export const discovery: Site = ({ host }) =>
  host.startsWith('lyncdiscover') ? json({ _links: { user: { href: `${POOL}${USER_PATH}` } } }) : undefined;

export interface UcwaOptions {
  grants?: string;
  /** What is told of a new application. */
  application?: unknown;
}

/** The user resource with its challenge, and applications, of which one is made. */
export function ucwa({ grants = 'urn:microsoft.rtc:passive', application }: UcwaOptions = {}): Site {
  const own = `${APPLICATIONS_PATH}/1`;
  let live = false;
  return ({ host, method, path, headers }) => {
    if (host !== 'pool.lab.test' || !(path === USER_PATH || path.startsWith(APPLICATIONS_PATH))) return undefined;
    if (headers.authorization !== `Bearer ${ACCESS_TOKEN}`) return challenge(grants);
    if (path === USER_PATH) return json({ _links: { applications: { href: APPLICATIONS_PATH } } });
    if (method === 'POST') live = true;
    if (method === 'DELETE') live = false;
    if (method === 'POST') return json(application ?? applicationOf('Alice Example'), 201);
    return live && path === own ? json({}) : { status: method === 'DELETE' ? 204 : 404 };
  };
}

export function applicationOf(name: string, href = `${APPLICATIONS_PATH}/1`): unknown {
  return { _links: { self: { href } }, _embedded: { me: { name, uri: 'sip:alice@lab.test' } } };
}

export function challenge(grants: string, href = `${POOL}/WebTicket/oauthtoken`): Answer {
  return { status: 401, headers: { 'WWW-Authenticate': `MsRtcOAuth href="${href}",grant_type="${grants}"` } };
}

export function json(body: unknown, status = 200): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** `first` in front of everything that a sign-in needs. */
export function decentBehind(...first: Site[]): Site[] {
  return [...first, discovery, ucwa(), pool(), adfs()];
}

/** Answers at `host`, at its paths that begin with `path`. */
export function at(host: string, path: string, answer: (asked: Asked) => Answer | undefined): Site {
  return on(host, (asked) => (asked.path.toLowerCase().startsWith(path.toLowerCase()) ? answer(asked) : undefined));
}
