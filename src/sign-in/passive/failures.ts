/** What AD FS says of a sign-in that failed, in plain words: its codes, and how it behaves when it says nothing. Never a ticket or an address with one in it. */
import { type ErrorCode, isLyncauthError, LyncauthError } from '../../errors.js';
import { serverText } from '../server-text.js';
import type { Page } from './page-reader.js';
import { reported } from './pages.js';

interface Failure {
  code: ErrorCode;
  /** Behind the name of the server. */
  says: string;
  hint: string;
}

const CERTIFICATE_HINT =
  'ask the administrator of AD FS to look for the reason in its event log and on its proxies: the chain, the revocation list, NTAuth';
const NO_CERTIFICATE: Failure = {
  code: 'CERTIFICATE_NOT_ACCEPTED',
  says: 'does not accept the certificate on the card',
  hint: CERTIFICATE_HINT,
};

/** By the codes that AD FS writes on its error pages and into event 364. */
const BY_CODE: Readonly<Record<string, Failure>> = {
  MSIS3173: {
    code: 'ACCOUNT_DISABLED',
    says: 'cannot validate the account in Active Directory: it is disabled, locked or expired',
    hint: 'ask your help desk to look at the account',
  },
  MSIS7000: {
    code: 'SERVER_ERROR',
    says: 'does not understand the sign-in request of the pool',
    hint: 'sign in again; if it stays, tell the administrator of the pool',
  },
  MSIS7007: {
    code: 'SIGN_IN_REFUSED',
    says: 'does not know the pool, or its relying party trust is disabled',
    hint: 'ask the administrator of AD FS to check the relying party trust of the pool',
  },
  MSIS7012: {
    code: 'SIGN_IN_REFUSED',
    says: 'could not process the sign-in',
    hint: 'give the administrator of AD FS the Activity ID: the reason is in its event log',
  },
  MSIS7042: {
    code: 'SIGN_IN_REFUSED',
    says: 'has issued several tokens within seconds, and takes that for a loop',
    hint: 'wait a minute, then sign in again; if it comes back, the pool refuses the tokens: ask its administrator',
  },
  MSIS7065: {
    code: 'SERVER_ERROR',
    says: 'has no sign-in page at the address that the pool gave',
    hint: 'ask the administrator of AD FS to check its endpoints and proxies',
  },
  MSIS7102: {
    code: 'METHOD_NOT_OFFERED',
    says: 'does not offer the authentication that the pool asks for',
    hint: 'ask the administrator of AD FS to enable certificate authentication',
  },
  MSIS7121: NO_CERTIFICATE,
};

/**
 * An error page of AD FS.
 *
 * @param shown whether the card's certificate was asked for before: then it is what the page is about, unless its code says otherwise
 */
export function pageFailure(page: Page, host: string, shown: boolean): LyncauthError {
  const { msis, activityId } = reported(page);
  const known = BY_CODE[msis ?? ''];
  const other: Failure = {
    code: 'SIGN_IN_REFUSED',
    says: 'refuses the sign-in',
    hint: 'give the administrator of AD FS the code and the Activity ID',
  };
  const { code, says, hint } = known ?? (shown && msis === undefined ? NO_CERTIFICATE : other);
  const words = serverText(page.problem);
  const message = `${host} ${says}${msis === undefined ? '' : ` (${msis})`}${words === undefined ? '' : `: ${words.replace(/[.\s]+$/, '')}`}`;
  const lookUp = activityId === undefined ? '' : ` (Activity ID ${activityId})`;
  return new LyncauthError(code, message, { hint: `${hint}${lookUp}`, details: { host, msis, activityId } });
}

/** A certificate was asked for, and then the sign-in began anew: no word of why. */
export function startedAnew(host: string): LyncauthError {
  return new LyncauthError(
    'CERTIFICATE_NOT_ACCEPTED',
    `${host} asks for the certificate on the card, and then does not sign its holder in`,
    {
      hint: "ask the administrator of AD FS whether the certificate's user name (UPN) is that of an account, and whether certificates may sign in from this network",
      details: { host },
    },
  );
}

/** The server of the certificates answers `status` and nothing else. */
export function silentRefusal(host: string, status: number): LyncauthError {
  const why = status === 204 ? 'it does not trust the CA that issued it' : 'it gives no reason';
  return new LyncauthError('CERTIFICATE_NOT_ACCEPTED', `${host} does not accept the certificate on the card: ${why} (status ${status})`, {
    hint:
      status === 204
        ? "ask the administrator of AD FS to trust the card's CA on every AD FS server and web application proxy"
        : CERTIFICATE_HINT,
    details: { host, status },
  });
}

/** Any other answer that is no step of a sign-in. */
export function unexpected(host: string, status: number, fields: readonly string[] = []): LyncauthError {
  const what = status === 200 ? 'a page that is no step of a sign-in' : `status ${status}`;
  const hint =
    status === 200
      ? 'run it again with --trace, which tells what the page is made of, and show that to your helpdesk'
      : status >= 500 || status === 429
        ? 'try again later; if it stays, tell the administrator of AD FS and of the proxies before it'
        : 'open the sign-in page of your organisation in a browser to see what it asks for';
  return new LyncauthError('SERVER_ERROR', `${host} answers with ${what}`, { hint, details: { host, status, fields } });
}

/** Whether a wrong clock may be behind it: AD FS has no code for that. */
export function clockMayExplain(error: unknown): error is LyncauthError {
  if (isLyncauthError(error, 'CERTIFICATE_NOT_ACCEPTED')) return true;
  return (
    isLyncauthError(error, 'SIGN_IN_REFUSED') &&
    'activityId' in error.details &&
    !['MSIS7007', 'MSIS7042'].includes(String(error.details.msis))
  );
}
