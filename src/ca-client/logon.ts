/** Why a server refused a logon (RFC 9110 section 11), and what to do about it, as far as its answers tell. */
import { LyncauthError } from '../errors.js';
import { isOffered, offeredSchemes } from '../http/auth/offers.js';
import type { LogonTry } from '../http/auth/scheme.js';
import type { HttpResponse } from '../http/client.js';
import type { Logon } from '../http/request-rules.js';

/** Basic is never used unasked. */
const BASIC_HINT = 'if this server may be told the password, give --auth basic';

/**
 * The error for an answer with status 401.
 *
 * @param host - and port, as its address names it
 */
export function logonError(host: string, auth: Logon, { headers, logon }: Pick<HttpResponse, 'headers' | 'logon'>): LyncauthError {
  const offer = headers['www-authenticate'];
  const schemes = offeredSchemes(offer);
  const last = logon?.at(-1);
  const details = {
    requestSent: false,
    schemes,
    ...(last !== undefined && { tried: logon?.map(({ scheme }) => scheme), ...factsOf(last) }),
  };
  const failed = (code: 'LOGON_REFUSED' | 'LOGON_UNSUPPORTED', message: string, hint: string) =>
    new LyncauthError(code, message, { hint, details });
  const offers = schemes.length === 0 ? 'names no way to log on' : `offers ${schemes.join(' and ')}`;
  const basic = isOffered(offer, 'Basic');
  const unknown = `${host} does not accept the name or the password of ${auth.user}`;
  if (auth.scheme === 'basic') {
    if (basic) return failed('LOGON_REFUSED', unknown, 'check the password, and give the name as DOMAIN\\user');
    return failed('LOGON_UNSUPPORTED', `${host} ${offers}, but not Basic`, 'log on as Windows does, with --auth ntlm');
  }
  if (auth.scheme === 'negotiate') {
    const hint = 'log on with name and password, --auth ntlm';
    if (last === undefined) return failed('LOGON_UNSUPPORTED', `${host} ${offers}, but not Negotiate`, hint);
    return failed(
      'LOGON_REFUSED',
      `${host} does not accept the Kerberos ticket`,
      `${hint}: where Extended Protection is on, a server refuses a ticket that is not bound to the connection`,
    );
  }
  switch (last?.ended) {
    case undefined: {
      const hint = basic ? BASIC_HINT : 'ask its administrator to switch on Windows authentication for the enrollment pages';
      return failed('LOGON_UNSUPPORTED', `${host} ${offers}, but not NTLM`, hint);
    }
    case 'ignored': {
      const hint = basic ? BASIC_HINT : 'ask its administrator whether the enrollment pages take NTLM, or only Kerberos';
      return failed('LOGON_UNSUPPORTED', `${host} ${offers}, but does not go on with NTLM: it is blocked there`, hint);
    }
    case 'cut':
      return failed(
        'LOGON_UNSUPPORTED',
        `the connection to ${host} is closed in the middle of the logon, which NTLM does not survive`,
        last?.proxy === undefined ? 'ask its administrator to have connections kept' : `go round the proxy ${last.proxy} (NO_PROXY)`,
      );
    default:
      if (last?.knownUser === true) {
        const hint = 'ask its administrator who may use this page';
        return failed('LOGON_REFUSED', `${host} knows ${auth.user}, but does not let this account on to the page`, hint);
      }
      return failed('LOGON_REFUSED', unknown, whatElse(host, last));
  }
}

function factsOf({ serverName, proxy }: LogonTry): { serverName?: string; proxy?: string } {
  return { ...(serverName !== undefined && { serverName }), ...(proxy !== undefined && { proxy }) };
}

/** A server refuses a wrong password and a right one that comes another way than it should in the same words: here is what speaks for the second. */
function whatElse(host: string, { serverName = '', proxy }: Partial<LogonTry> = {}): string {
  if (proxy !== undefined)
    return `check the password; if it is right, go round the proxy ${proxy} (NO_PROXY): where it opens TLS, Extended Protection refuses the logon`;
  const [asked = ''] = host.toLowerCase().split(':', 1);
  if (serverName.includes('.') && serverName.toLowerCase() !== asked)
    return `check the password; if it is right, give the server's own name, ${serverName}, to --ca: there may be no SPN for ${asked}`;
  return 'check the password, and give the name as DOMAIN\\user; if both are right, ask whether NTLM is blocked for the account, or Extended Protection meets a device that opens TLS';
}
