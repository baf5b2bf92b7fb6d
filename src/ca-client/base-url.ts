/** The address of a CA's pages, as people write it. */
import { LyncauthError } from '../errors.js';

const HINT = 'give an address such as https://ca.example.com/certsrv';

/**
 * The base of the pages, without a slash at the end. An address without a path means /certsrv, one without a scheme means https.
 *
 * @throws LyncauthError USAGE for http:, for a query, a fragment or a user name in it, and for what is no address.
 */
export function certsrvBase(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`;
  if (!URL.canParse(full)) throw new LyncauthError('USAGE', `"${text}" is not the address of a CA`, { hint: HINT });
  const url = new URL(full);
  if (url.protocol !== 'https:') {
    throw new LyncauthError('USAGE', `the address of the CA, ${url.protocol}//${url.host}, is not https`, {
      hint: 'use https: the password and the request are not sent unencrypted',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new LyncauthError('USAGE', `the address of the CA at ${url.host} has a user name in it`, {
      hint: 'give the user with --user instead',
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new LyncauthError('USAGE', `the address of the CA at ${url.host} has a query or a fragment in it`, { hint: HINT });
  }
  const path = url.pathname.replace(/[^/]*\.asp$/i, '').replace(/\/+$/, '');
  url.pathname = path === '' ? '/certsrv' : path;
  return url;
}
