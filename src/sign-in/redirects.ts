/** Redirects that are followed by hand: which answers are one, where they lead, and when it is too much. It sends nothing. */
import { LyncauthError } from '../errors.js';
import { serverName } from '../http/failure.js';
import { webAddress } from './answer.js';

/** How many are followed in a row. */
export const MAX_REDIRECTS = 5;

const STATUS = [301, 302, 303, 307, 308];

/** Whether a browser would go elsewhere with this status (RFC 9110 section 15.4). */
export function isRedirect(status: number): boolean {
  return STATUS.includes(status);
}

/** Where a redirect leads; undefined for an answer that is none. */
export function redirectTarget(response: { status: number; headers: { location?: string | undefined } }, base: URL): URL | undefined {
  return isRedirect(response.status) ? webAddress(response.headers.location, base) : undefined;
}

/** REDIRECT_REFUSED for `what`, which has led to one server after the other and at last to `url`. */
export function tooManyRedirects(what: string, url: URL, hint: string): LyncauthError {
  const problem = `redirects more than ${MAX_REDIRECTS} times, at last to ${serverName(url)}`;
  return new LyncauthError('REDIRECT_REFUSED', `${what} ${problem}`, { hint });
}
