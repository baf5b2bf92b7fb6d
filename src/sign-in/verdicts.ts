/** What the signals of a pool mean, in plain words: tables, first match wins. Numbers: UCWA documentation and [MS-OCAUTHWS]. */
import type { ErrorCode } from '../errors.js';
import type { Signals } from './signals.js';

export interface Verdict {
  readonly code: ErrorCode;
  /** Goes on from the name of the server: `… is not able to do so`. */
  readonly says: string;
  readonly hint: string;
  /** A wrong clock explains it as well. */
  readonly clock?: true;
}

const ASK = 'ask the administrator of the pool';
const AGAIN = 'sign in again: lyncauth sign-in';
const LATER = 'wait a few minutes, then try again';

const NOT_ENABLED: Verdict = {
  code: 'NOT_ENABLED',
  says: 'knows the account, but it is not enabled for Lync',
  hint: 'ask the administrator to enable the account for Lync, or check the address',
};
const NO_TOKEN: Verdict = {
  code: 'SIGN_IN_REFUSED',
  says: 'found no valid ticket: it is missing, has ended, or is for another server',
  hint: `${AGAIN}; if it stays so, ${ASK}`,
  clock: true,
};
const NOT_OFFERED: Verdict = {
  code: 'METHOD_NOT_OFFERED',
  says: 'does not allow this way of signing in',
  hint: `${ASK} which ways to sign in it allows`,
};
const REFUSED: Verdict = { code: 'SIGN_IN_REFUSED', says: 'refused the sign-in', hint: ASK, clock: true };
const FAILED: Verdict = { code: 'SERVER_ERROR', says: 'failed', hint: `${LATER}; if it stays so, ${ASK}` };
const BUSY: Verdict = { code: 'SERVER_ERROR', says: 'is busy', hint: LATER };
const MISUNDERSTOOD: Verdict = { code: 'SERVER_ERROR', says: 'did not accept the form of the request', hint: ASK };
const ENDED: Verdict = { code: 'NOT_SIGNED_IN', says: 'has ended the session', hint: AGAIN };

export const ACCOUNT_DISABLED: Verdict = {
  code: 'ACCOUNT_DISABLED',
  says: 'says that the account is disabled',
  hint: 'ask the administrator to enable the account in Active Directory',
};
export const WRONG_PASSWORD: Verdict = {
  code: 'SIGN_IN_REFUSED',
  says: 'refused the user name or the password',
  hint: 'check both before trying again: an account is locked after some wrong passwords',
};
/** The token was issued a moment ago: signing in again brings another one like it. */
export const NEW_TOKEN_REFUSED: Verdict = {
  code: 'TOKEN_EXPIRED',
  says: 'does not accept the token that the pool has just issued',
  hint: `${ASK} whether the clocks and the certificates of its servers agree`,
};
export const TOKEN_REFUSED: Verdict = {
  code: 'TOKEN_EXPIRED',
  says: 'does not accept the token: it has ended, was withdrawn, or is for another server',
  hint: AGAIN,
};
/** A status that would be about the token, from something that is no pool. */
export const NOT_OF_THE_POOL: Verdict = {
  code: 'SERVER_ERROR',
  says: 'cannot be asked: what answered is not the pool, but something before it, such as a proxy',
  hint: 'try again, or from another network; if it stays so, tell the administrator of the pool and of the proxies before it',
};
/** [MS-OCDISCWS] section 3.1.5.5: 404 with an empty body. */
export const NOT_HOMED: Verdict = {
  code: 'NOT_ENABLED',
  says: 'does not know where the account is at home',
  hint: 'check the address, or ask the administrator whether the account is enabled for Lync',
};

const BY_ID: Readonly<Record<number, Verdict>> = {
  28000: NOT_ENABLED,
  28001: { ...FAILED, says: 'failed in its Windows authentication' },
  28020: NO_TOKEN,
  28029: NOT_OFFERED,
};

const BY_OAUTH_ERROR: Readonly<Record<string, Verdict>> = {
  invalid_request: MISUNDERSTOOD,
  invalid_grant: REFUSED,
  invalid_client: REFUSED,
  unauthorized_client: NOT_OFFERED,
  access_denied: REFUSED,
  unsupported_grant_type: NOT_OFFERED,
  invalid_scope: MISUNDERSTOOD,
  server_error: FAILED,
  temporarily_unavailable: BUSY,
};

const BY_UCWA_ERROR: Readonly<Record<string, Verdict>> = {
  AlreadyExists: { code: 'SERVER_ERROR', says: 'already has an application like this one', hint: LATER },
  TooManyApplications: {
    code: 'SIGN_IN_REFUSED',
    says: 'allows no more sessions: the account is signed in in too many places',
    hint: 'sign out elsewhere, or wait until idle sessions have ended',
  },
  MakeMeAvailableRequired: { code: 'SERVER_ERROR', says: 'wants presence to be published first', hint: ASK },
  ApplicationNotFound: ENDED,
  InactiveApplicationExpired: ENDED,
  CannotRedirect: { ...FAILED, says: 'could not pass the request on to the server that holds the session' },
  PGetReplaced: { code: 'NOT_SIGNED_IN', says: 'gave the session to another program', hint: AGAIN },
  MobileApplicationNoLongerAllowed: { ...NOT_ENABLED, says: 'does not allow the account to use programs like this one' },
  TooManyRequests: BUSY,
  ServiceTimeout: BUSY,
  ServiceUnavailable: BUSY,
};

/** WS-Security 1.1 section 12, WS-Trust 1.3 section 11. */
const BY_FAULT: Readonly<Record<string, Verdict>> = {
  FailedAuthentication: REFUSED,
  InvalidSecurity: REFUSED,
  InvalidSecurityToken: NO_TOKEN,
  SecurityTokenUnavailable: NO_TOKEN,
  ExpiredData: NO_TOKEN,
  MessageExpired: NO_TOKEN,
  FailedCheck: REFUSED,
  UnsupportedSecurityToken: NOT_OFFERED,
  UnsupportedAlgorithm: NOT_OFFERED,
  InvalidRequest: MISUNDERSTOOD,
  BadRequest: MISUNDERSTOOD,
  RequestFailed: REFUSED,
};

/** What `signals` say for certain; undefined when only the status is left to judge by. */
export function verdictOf(signals: Signals): Verdict | undefined {
  if (signals.disabled) return ACCOUNT_DISABLED;
  return (
    row(BY_ID, signals.id) ??
    row(BY_OAUTH_ERROR, signals.oauthError) ??
    row(BY_UCWA_ERROR, signals.ucwaError) ??
    row(BY_FAULT, signals.fault)
  );
}

/** What is left to say of an answer with this status. */
export function verdictOfStatus(status: number): Verdict {
  if (status === 401 || status === 403) return REFUSED;
  if (status === 404) return { code: 'SERVER_ERROR', says: 'has no such service', hint: `check the address of the pool, or ${ASK}` };
  if (status === 410) return ENDED;
  if (status === 429 || status === 503) return BUSY;
  if (status >= 500) return FAILED;
  if (status >= 400) return MISUNDERSTOOD;
  if (status >= 300) return { code: 'REDIRECT_REFUSED', says: 'sends us elsewhere', hint: 'tell the administrator of the pool' };
  return { code: 'SERVER_ERROR', says: 'answered in a way that makes no sense here', hint: ASK };
}

function row(table: Readonly<Record<string, Verdict>>, key: string | number | undefined): Verdict | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
