/** What no request may do, and how one logs on. Sends nothing. */
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';

/** How to log on to a server; `auto` is what the server offers and Windows would use, never Basic. */
export interface Logon {
  scheme: 'auto' | 'basic' | 'negotiate' | 'ntlm';
  /** `DOMAIN\user` or user@domain; for Negotiate only what messages call the user of the ticket. */
  user: string;
  /** Empty for Negotiate. */
  password: Secret;
}

/** Basic (RFC 7617): the user name ends at the first colon, so it has none. The other schemes log a connection on (auth/connection.ts). */
export function authorization(auth: Logon | undefined): Record<string, string> {
  if (auth?.scheme !== 'basic') return {};
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 7617 forbids them
  if (/[:\u0000-\u001f\u007f]/.test(auth.user)) {
    throw new LyncauthError('USAGE', `the user name "${auth.user}" has a colon or a control character in it`, {
      hint: 'give --user as DOMAIN\\user',
    });
  }
  const credentials = new Secret(Buffer.from(`${auth.user}:${auth.password.reveal()}`, 'utf8').toString('base64'));
  return { Authorization: `Basic ${credentials.reveal()}` };
}

/** @throws LyncauthError USAGE for an address that nothing is sent to: without https, or with a user name in it */
export function refuseUnsafe(url: URL): void {
  if (url.protocol !== 'https:') {
    throw new LyncauthError('USAGE', `${url.origin} is not an https address`, { hint: 'use https: nothing is sent unencrypted' });
  }
  if (url.username !== '' || url.password !== '') {
    throw new LyncauthError('USAGE', `the address of ${url.host} has a user name in it`, { hint: 'give the user with --user instead' });
  }
}
