/** What goes wrong where AD FS asks for the certificate: a host or a port of its own, which firewalls close and certificates forget. Sends nothing. */
import { type ErrorDetails, isLyncauthError, LyncauthError } from '../errors.js';
import { isTimeUsedUp } from '../http/time-budget.js';

/** Of the way to it. */
const OF_ITS_HOST = ['NETWORK', 'TIMEOUT', 'TLS_UNTRUSTED'] as const;

/**
 * `error` of a request to `url`, in words of that place and with `details.certificateHost`, so that it counts for no other; as it is when it
 * would be the same anywhere.
 */
export function certificateHostFailure<E>(error: E, url: URL): E | LyncauthError {
  if (!isLyncauthError(error, ...OF_ITS_HOST) || isTimeUsedUp(error)) return error;
  const { code, message, cause } = error;
  const port = url.port || '443';
  const details: ErrorDetails = { ...error.details, host: url.host, certificateHost: url.host };
  if (code === 'TLS_UNTRUSTED') {
    const hint = url.hostname.startsWith('certauth.')
      ? `ask the administrator of AD FS to add ${url.hostname} to its TLS certificate, or use --ca-file FILE for a private CA`
      : error.hint;
    return new LyncauthError(code, message, { ...(hint !== undefined && { hint }), details, cause });
  }
  return new LyncauthError(code, `where AD FS asks for the certificate, ${message}`, {
    hint: `ask the administrator whether port ${port} of ${url.hostname} is open from this network, and whether AD FS can reach its revocation lists`,
    details,
    cause,
  });
}
