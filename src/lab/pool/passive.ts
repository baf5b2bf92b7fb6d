/** PassiveAuth: sends browsers to AD FS, and takes the security token they bring back (WS-Federation 1.2 section 13). */
import { type Account, accounts } from '../accounts.js';
import { plainPage } from '../certsrv-pages.js';
import { hasFault } from '../faults.js';
import { relyingPartyAt } from '../federation.js';
import { fieldValue, htmlPage } from '../message.js';
import { type TokenClaims, verifySecurityToken } from '../security-token.js';
import { english } from '../texts.js';
import { cookieAccount, removedCookies, sessionCookies } from './cookies.js';
import { diagnostics, empty, type Pool, type PoolRequest, type PoolResponse } from './pool.js';
import { relyingPartyDocument } from './relying-party-metadata.js';
import { readState, writeState } from './state.js';

/** As the pool writes it. */
const PASSIVE_PATH = '/PassiveAuth/PassiveAuth.aspx';

/** Answers PassiveAuth.aspx. */
export function passiveAuth(pool: Pool, request: PoolRequest): PoolResponse {
  if (request.method === 'POST') return signIn(pool, request);
  // The session module compares cookie paths as they are written, so it sends browsers to the path as the pool writes it.
  if (request.path !== PASSIVE_PATH)
    return empty(302, { Location: `${PASSIVE_PATH}${request.query.size === 0 ? '' : `?${request.query}`}` });
  if (fieldValue(request.query, 'wa') === 'wsignoutcleanup1.0') {
    return { ...htmlPage(plainPage(english, 'You are signed out.')), headers: { 'Set-Cookie': removedCookies(request) } };
  }
  const account = cookieAccount(pool, request);
  if (account === undefined) return sendToSts(pool, request);
  return { ...htmlPage(plainPage(english, 'You are signed in.')), account };
}

/** The pool's own federation metadata, which AD FS imports to know it. */
export function relyingPartyMetadata(_pool: Pool, request: PoolRequest): PoolResponse {
  const body = relyingPartyDocument(relyingPartyAt(request.origin));
  return { status: 200, headers: { 'Content-Type': 'application/samlmetadata+xml' }, body };
}

function sendToSts(pool: Pool, request: PoolRequest): PoolResponse {
  const sts = hasFault(pool.faults, 'foreign-sts') ? 'https://sts.elsewhere.invalid' : pool.federation.sts;
  const query = new URLSearchParams({
    wa: 'wsignin1.0',
    wtrealm: relyingPartyAt(request.origin).identifier,
    wctx: new URLSearchParams({ rm: '0', id: 'passive', ru: PASSIVE_PATH }).toString(),
    wct: `${pool.now().toISOString().slice(0, 19)}Z`,
  });
  return empty(302, { Location: `${sts}/adfs/ls/?${query}` });
}

/** Takes the form with the security token: where it proves a user of the pool, that user gets cookies. */
function signIn(pool: Pool, request: PoolRequest): PoolResponse {
  const fields = new URLSearchParams(request.body.toString('utf8'));
  if (fieldValue(fields, 'wa') !== 'wsignin1.0') return refuse(pool, 'the form is not that of a sign-in');
  if (hasFault(pool.faults, 'pool-rejects')) {
    logRefusal(pool, 'practice fault');
    return sendToSts(pool, request);
  }
  const claims = verify(pool, request, fieldValue(fields, 'wresult') ?? '');
  if (typeof claims === 'string') return refuse(pool, claims);
  const account = claimedAccount(claims);
  if (account === undefined) {
    logRefusal(pool, claims.sid === undefined ? 'the security token has no SID' : 'no account has the SID in the security token');
    return sendToSts(pool, request);
  }
  pool.log({ event: 'passive', account: account.name, authenticationMethod: claims.authenticationMethod });
  const headers = { Location: returnPath(fieldValue(fields, 'wctx') ?? ''), 'Set-Cookie': sessionCookies(pool, request, account) };
  return { ...empty(302, headers), account };
}

/** The claims of the token, or why it is not taken; what was seen once is not taken again. */
function verify(pool: Pool, request: PoolRequest, wresult: string): TokenClaims | string {
  const state = readState(pool.dir);
  const now = pool.now();
  const seen = new Set(Object.keys(state.assertions));
  try {
    const claims = verifySecurityToken(wresult, pool.federation, { audience: relyingPartyAt(request.origin).identifier, now, seen });
    const kept = [...seen].map((id) => [id, state.assertions[id] ?? claims.notAfter.toISOString()] as const);
    writeState(pool.dir, { ...state, assertions: Object.fromEntries(kept.filter(([, until]) => new Date(until) > now)) });
    return claims;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** By SID alone, as pools map users, whatever else the token says of them. */
function claimedAccount({ sid }: TokenClaims): Account | undefined {
  return accounts.find((account) => account.sid === sid);
}

/** `ru` of the context that the pool gave along: a path here, never another host. */
function returnPath(wctx: string): string {
  const path = new URLSearchParams(wctx).get('ru') ?? '';
  return /^\/[\w.-]+(\/[\w.-]*)*$/.test(path) ? path : PASSIVE_PATH;
}

/** The framework's error page: the reason is for the log, not for the client. */
function refuse(pool: Pool, reason: string): PoolResponse {
  logRefusal(pool, reason);
  const page = htmlPage(plainPage(english, 'Runtime Error'), 500);
  return { ...page, headers: { ...page.headers, ...diagnostics(28020, 'No valid security token.') } };
}

function logRefusal(pool: Pool, reason: string): void {
  pool.log({ event: 'passive-refused', reason });
}
