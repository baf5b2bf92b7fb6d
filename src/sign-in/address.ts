/** Sign-in addresses and the manually configured server, as people write them. It must not ask the network. */
import { LyncauthError } from '../errors.js';
import { normalName } from './domain-name.js';
import { serverText } from './server-text.js';
import type { Address } from './types.js';

const ADDRESS_HINT = 'give the address that you sign in to Lync with, such as alice@example.com';
const SERVER_HINT = 'give the address of the pool, such as https://lync.example.com';
const MAX_LENGTH = 320;
/** What RFC 3261 section 25.1 allows in the user part without escapes, and letters of other alphabets, which Active Directory allows. */
const USER = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;

/**
 * A sign-in address; `sip:` in front of it is accepted.
 *
 * @throws LyncauthError USAGE
 */
export function parseAddress(text: string): Address {
  const bare = text.trim().replace(/^sips?:/i, '');
  const at = bare.lastIndexOf('@');
  const user = bare.slice(0, Math.max(at, 0)).normalize('NFC').toLowerCase();
  const domain = at < 0 || bare.length > MAX_LENGTH ? undefined : normalName(bare.slice(at + 1));
  // A domain of one label would make every server of a top-level domain a server of the user's.
  if (domain === undefined || !/\.[^.]*[a-z][^.]*$/.test(domain) || !USER.test(user)) {
    throw new LyncauthError('USAGE', `"${serverText(text) ?? ''}" is not a sign-in address`, { hint: ADDRESS_HINT });
  }
  return { text: `${user}@${domain}`, user, domain };
}

/**
 * The root of the discovery service of a pool that a person named ([MS-OCDISCWS] section 3.1.5.2). An address without a scheme means https;
 * a path other than that of the discovery service is replaced by it.
 *
 * @param text `lync.example.com`, or the address that an administrator gives for manual configuration
 * @throws LyncauthError USAGE for http:, for a user name, and for what is no address
 */
export function parseServer(text: string): URL {
  // Not repeated: behind the name there is often a password, wherever it may end.
  if (text.includes('@')) throw new LyncauthError('USAGE', 'the address of the pool has a user name in it', { hint: SERVER_HINT });
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || normalName(url.hostname) === undefined) {
    throw new LyncauthError('USAGE', `"${serverText(text) ?? ''}" is not the address of a pool`, { hint: SERVER_HINT });
  }
  if (url.protocol !== 'https:') {
    throw new LyncauthError('USAGE', `the address of the pool, ${url.protocol}//${url.host}, is not https`, {
      hint: 'use https: a sign-in is never sent unencrypted',
    });
  }
  return discoveryRoot(url);
}

/** The root resource at the server of `url`; the path stays when it already is one of the discovery service. */
export function discoveryRoot(url: URL): URL {
  const inService = /^\/autodiscover\/autodiscoverservice\.svc\/root(?:\/|$)/i.test(url.pathname);
  return new URL(inService ? url.pathname : '/autodiscover/autodiscoverservice.svc/root', url.origin);
}
