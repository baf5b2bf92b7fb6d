/** Why a server refused a logon (RFC 9110 section 11), and what it would take instead. */
import { LyncauthError } from '../errors.js';

/** The schemes of a WWW-Authenticate header, in the server's order; Node joins several such headers with commas. */
export function offeredSchemes(header: string | undefined): string[] {
  const names = [...(header ?? '').slice(0, 8192).matchAll(/(?:^|,)\s*([A-Za-z][A-Za-z0-9-]{0,31})(?=\s*(?:,|$)|\s+[^=\s])/g)];
  return [...new Set(names.map(([, name = '']) => name))];
}

/** The error for an answer with status 401 to a request that carried Basic credentials. */
export function logonError(host: string, user: string, header: string | undefined): LyncauthError {
  const schemes = offeredSchemes(header);
  const details = { requestSent: false, schemes };
  if (schemes.some((scheme) => scheme.toLowerCase() === 'basic')) {
    return new LyncauthError('LOGON_REFUSED', `${host} does not accept the name or the password of ${user}`, {
      hint: 'check the password, and give the name as DOMAIN\\user',
      details,
    });
  }
  const offer = schemes.length === 0 ? 'names no way to log on' : `offers ${schemes.join(' and ')}`;
  return new LyncauthError('LOGON_UNSUPPORTED', `${host} ${offer}, but not Basic, which is what this program can do`, {
    hint: 'ask its administrator to switch on Basic authentication for the enrollment pages, over HTTPS only',
    details,
  });
}
