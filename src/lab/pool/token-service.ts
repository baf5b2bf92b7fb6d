/** `/WebTicket/oauthtoken`: exchanges a passive sign-in or a password for a token. */
import { type Account, findAccount } from '../accounts.js';
import { hasFault } from '../faults.js';
import { relyingPartyAt } from '../federation.js';
import { fieldValue } from '../message.js';
import { offeredGrants, PASSIVE_GRANT, PASSWORD_GRANT } from './challenge.js';
import { cookieAccount } from './cookies.js';
import { diagnostics, empty, json, type Pool, type PoolRequest, type PoolResponse } from './pool.js';
import { issueToken } from './tokens.js';

const FORM = 'application/x-www-form-urlencoded';

/** Answers a token request (RFC 6749 section 4.3.2, with the grants of Lync and Skype for Business). */
export function tokenService(pool: Pool, request: PoolRequest): PoolResponse {
  if (request.method !== 'POST') return empty(405, { Allow: 'POST' });
  const isForm = request.headers['content-type']?.toLowerCase().startsWith(FORM) === true;
  const fields = new URLSearchParams(isForm ? request.body.toString('utf8') : '');
  const grant = fieldValue(fields, 'grant_type') ?? '';
  if (grant === '') return json(400, { error: 'invalid_request' });
  const refused = grant === PASSIVE_GRANT && hasFault(pool.faults, 'passive-off');
  if (refused || !offeredGrants(pool).includes(grant)) {
    return json(400, { error: 'unsupported_grant_type' }, diagnostics(28029, 'Authentication type not allowed.'));
  }
  return grant === PASSWORD_GRANT ? passwordGrant(pool, request, fields) : passiveGrant(pool, request);
}

function passwordGrant(pool: Pool, request: PoolRequest, fields: URLSearchParams): PoolResponse {
  const name = fieldValue(fields, 'username');
  const password = fieldValue(fields, 'password');
  if (name === undefined || password === undefined) return json(400, { error: 'invalid_request' });
  const account = findAccount(name);
  if (account === undefined || account.password !== password) return json(400, { error: 'invalid_grant' });
  return grantToken(pool, request, account, PASSWORD_GRANT);
}

/** The cookies of the passive sign-in speak for the user; without them, the answer says where to get some. */
function passiveGrant(pool: Pool, request: PoolRequest): PoolResponse {
  const account = cookieAccount(pool, request);
  if (account !== undefined) return grantToken(pool, request, account, PASSIVE_GRANT);
  const body = { error: 'invalid_grant', ms_rtc_passiveauthuri: relyingPartyAt(request.origin).endpoint };
  return json(400, body, diagnostics(28020, 'No valid security token.'));
}

function grantToken(pool: Pool, request: PoolRequest, account: Account, grant: string): PoolResponse {
  if (hasFault(pool.faults, 'account-disabled')) {
    return { ...json(400, { error: 'invalid_grant', error_description: 'The account is disabled.' }), account };
  }
  if (hasFault(pool.faults, 'not-enabled')) {
    return {
      ...json(403, { error: 'invalid_grant' }, diagnostics(28000, 'User is not SIP enabled.', 'wsse:FailedAuthentication')),
      account,
    };
  }
  pool.log({ event: 'token', account: account.name, grant });
  return { ...json(200, { ...issueToken(pool, request, account), ms_rtc_identityscope: 'local', token_type: 'Bearer' }), account };
}
