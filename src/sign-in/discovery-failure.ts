/** Why no server was found, said by the failure that tells most. It asks nobody. */
import { type ErrorCode, LyncauthError } from '../errors.js';
import type { Address } from './types.js';

export interface Failure {
  /** Where the attempt began. */
  readonly url: URL;
  readonly error: LyncauthError;
  /** The name could not be found. */
  readonly unknownName: boolean;
}

const CHECK_SERVER = 'check the address of the pool (--server, LYNCAUTH_SERVER or the setting server)';
const SERVER_HINT = 'name the pool: --server https://HOST (its administrator knows the address)';
/** Nothing answers by that name, or there. */
const NOT_THERE: readonly unknown[] = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];
/** From what tells most to what tells least. */
const TELLING: readonly ErrorCode[] = [
  'TLS_UNTRUSTED',
  'REDIRECT_REFUSED',
  'DISCOVERY_FAILED',
  'RESPONSE_TOO_LARGE',
  'SERVER_ERROR',
  'TIMEOUT',
  'NETWORK',
];

/** The error for `failures`, at least one, of which none brought an answer. A server that a person named fails in its own words. */
export function nothingFound({ domain }: Address, failures: readonly Failure[], server: URL | undefined): LyncauthError {
  const tried = failures.map(({ url, error }) => ({ server: url.origin, code: error.code, reason: error.message }));
  const known = failures.filter(({ unknownName }) => !unknownName);
  if (known.length === 0 && !server) return unknownNames(domain, failures, tried);
  const [first] = [...known, ...failures].sort((a, b) => TELLING.indexOf(a.error.code) - TELLING.indexOf(b.error.code));
  const { code = 'DISCOVERY_FAILED', message, hint, cause } = first?.error ?? {};
  const named = server !== undefined && code !== 'SERVER_ERROR' && code !== 'REDIRECT_REFUSED';
  return new LyncauthError(
    named ? code : 'DISCOVERY_FAILED',
    server ? String(message) : `no Lync server was found for ${domain}: ${message}`,
    {
      hint: server ? (first && isNotThere(first.error) ? CHECK_SERVER : (hint ?? CHECK_SERVER)) : hintFor(first?.error),
      details: { tried },
      cause,
    },
  );
}

/** True when the server itself, not the proxy before it, is not where it was looked for: its address may be wrong. */
export function isNotThere({ cause, details }: LyncauthError): boolean {
  return details.proxy === undefined && NOT_THERE.includes(((cause ?? {}) as { code?: unknown }).code);
}

function unknownNames(domain: string, failures: readonly Failure[], tried: unknown[]): LyncauthError {
  const names = [...new Set(failures.map(({ url }) => url.hostname))].join(' and ');
  return new LyncauthError('DISCOVERY_FAILED', `no Lync server was found for ${domain}: there is nothing by the name of ${names}`, {
    hint: `check the address, and that this computer is on the right network or VPN; or ${SERVER_HINT}`,
    details: { tried },
  });
}

/** Where not even the proxy was reached, that is to be mended first. A certificate of somebody else at the name of a discovery service is the usual sign of a portal, or of a web site for all names of a domain. */
function hintFor(error: LyncauthError | undefined): string {
  if (error?.details.proxy !== undefined && error.hint !== undefined) return error.hint;
  const { code } = (error?.cause ?? {}) as { code?: unknown };
  return error?.code === 'TLS_UNTRUSTED' && code !== 'ERR_TLS_CERT_ALTNAME_INVALID' && error.hint !== undefined ? error.hint : SERVER_HINT;
}
