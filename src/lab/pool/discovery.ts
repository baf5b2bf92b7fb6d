/** Autodiscover ([MS-OCDISCWS]): where the user's resource is, and with a token, where the user's services are. JSON, or XML for who likes that better. */
import { plainPage } from '../certsrv-pages.js';
import { CHAIN_HOPS } from '../fault-texts.js';
import { findFault, hasFault } from '../faults.js';
import { otherPool } from '../federation.js';
import { fieldValue, htmlPage } from '../message.js';
import { english } from '../texts.js';
import { challenge } from './challenge.js';
import { empty, json, type Pool, type PoolRequest, type PoolResponse } from './pool.js';
import { checkToken } from './tokens.js';

const SERVICE = '/Autodiscover/AutodiscoverService.svc/root';
const APPLICATIONS = '/ucwa/oauth/v1/applications';
const XML_TYPE = 'application/vnd.microsoft.rtc.autodiscover+xml';

type Links = Readonly<Record<string, string>>;

/** The first question of a client: anybody may ask it. */
export function discoveryRoot(pool: Pool, request: PoolRequest): PoolResponse {
  if (hasFault(pool.faults, 'html-discovery')) return htmlPage(plainPage(english, 'Welcome to our web site.'));
  const hops = hopsFrom(pool, Number(fieldValue(request.query, 'hop') ?? 0));
  if (hops !== undefined) return sendOn(pool, request, hops);
  const base = `${request.origin}${SERVICE}`;
  const domain = /@([a-z0-9.-]+)$/i.exec(fieldValue(request.query, 'sipuri') ?? '')?.[1] ?? 'lab.test';
  if (wantsXml(request)) {
    return xml(pool, 'Root', {
      Domain: `${base}/domain`,
      User: `${base}/user`,
      Self: base,
      OAuth: `${base}/oauth/user?originalDomain=${domain}`,
    });
  }
  const links = {
    self: base,
    user: `${base}/oauth/user?originalDomain=${domain}`,
    xframe: `${request.origin}/Autodiscover/XFrame/XFrame.html`,
  };
  return json(200, { _links: hrefs(links) }, namespace(pool));
}

/** The user's resource: with a token it tells where the user's services are. */
export function discoveryUser(pool: Pool, request: PoolRequest): PoolResponse {
  const check = checkToken(pool, request);
  if (check.status !== 'valid') return challenge(pool, request, check);
  const { account } = check;
  if (hasFault(pool.faults, 'not-homed')) return { ...empty(404), account };
  const other = otherPool(pool.federation);
  if (hasFault(pool.faults, 'homed-elsewhere') && request.origin !== other) {
    // To the root there, not to the user resource: that one is for the root to name.
    return { ...redirectLink(pool, request, 'User', `${other}${SERVICE}?originalDomain=lab.test`), account };
  }
  const { origin } = request;
  if (!wantsXml(request)) {
    const links = { self: `${origin}${SERVICE}/oauth/user`, applications: `${origin}${APPLICATIONS}` };
    return { ...json(200, { _links: hrefs(links) }, namespace(pool)), account };
  }
  const ucwa = `${origin}${APPLICATIONS}`;
  const links = { 'Internal/Autodiscover': `${origin}${SERVICE}`, 'Internal/Ucwa': ucwa, 'External/Ucwa': ucwa, Ucwa: ucwa };
  return { ...xml(pool, 'User', { ...links, Self: `${origin}${SERVICE}/user` }), account };
}

/** How often the client was sent on once it follows this answer; undefined when it is to have the real one. */
function hopsFrom(pool: Pool, before: number): number | undefined {
  // A circle of two: one HTTP redirect, one link.
  if (hasFault(pool.faults, 'redirect-loop')) return (before + 1) % 2;
  const chain = findFault(pool.faults, 'redirect-chain');
  const length = chain === undefined ? 0 : Number(chain.value ?? CHAIN_HOPS);
  return before < length ? before + 1 : undefined;
}

/** Odd times by an HTTP redirect, even times by a link in the document: servers use both. */
function sendOn(pool: Pool, request: PoolRequest, hops: number): PoolResponse {
  const url = new URL(`${request.origin}${SERVICE}?${request.query}`);
  url.searchParams.set('hop', String(hops));
  return hops % 2 === 1 ? empty(302, { Location: url.href }) : redirectLink(pool, request, 'Root', url.href);
}

function redirectLink(pool: Pool, request: PoolRequest, element: 'Root' | 'User', href: string): PoolResponse {
  return wantsXml(request) ? xml(pool, element, { Redirect: href }) : json(200, { _links: hrefs({ redirect: href }) }, namespace(pool));
}

function wantsXml({ headers }: PoolRequest): boolean {
  return preference(headers.accept, XML_TYPE) > preference(headers.accept, 'application/json');
}

/** How much a client likes `type` (RFC 9110 section 12.5.1): from 0, not at all, to 1. */
function preference(accept: string | undefined, type: string): number {
  const range = accept
    ?.toLowerCase()
    .split(',')
    .find((each) => each.trim().startsWith(type));
  return range === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);
}

function location(pool: Pool): 'Internal' | 'External' {
  return hasFault(pool.faults, 'external') ? 'External' : 'Internal';
}

function namespace(pool: Pool): { 'X-MS-Namespace': string } {
  return { 'X-MS-Namespace': location(pool).toLowerCase() };
}

function hrefs(links: Links): Record<string, { href: string }> {
  return Object.fromEntries(Object.entries(links).map(([rel, href]) => [rel, { href }]));
}

function xml(pool: Pool, element: 'Root' | 'User', links: Links): PoolResponse {
  const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const access = `<SipClientInternalAccess fqdn="pool.lab.test" port="5061"/><SipClientExternalAccess fqdn="sip.lab.test" port="443"/>`;
  const items = Object.entries(links).map(([token, href]) => `<Link token="${token}" href="${escaped(href)}"/>`);
  const content = element === 'User' && links.Redirect === undefined ? access : '';
  const body = `<?xml version="1.0" encoding="utf-8"?><AutodiscoverResponse AccessLocation="${location(pool)}"><${element}>${content}${items.join('')}</${element}></AutodiscoverResponse>`;
  return { status: 200, headers: { 'Content-Type': `${XML_TYPE}; v=1; charset=utf-8`, ...namespace(pool) }, body };
}
