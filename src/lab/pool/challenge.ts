/** The 401 that says where a token is to be had and by which grants. */
import { hasFault } from '../faults.js';
import { diagnostics, empty, type Pool, type PoolRequest, type PoolResponse } from './pool.js';
import type { TokenCheck } from './tokens.js';

/** The service principal of Lync and Skype for Business. */
const CLIENT_ID = '00000004-0000-0ff1-ce00-000000000000';
const ISSUERS = '00000001-0000-0000-c000-000000000000@lab.test';
export const PASSIVE_GRANT = 'urn:microsoft.rtc:passive';
export const PASSWORD_GRANT = 'password';

/** The grants of the pool's policy: two-factor, password only, or both. */
export function offeredGrants(pool: Pool): string[] {
  if (hasFault(pool.faults, 'password-only')) return [PASSWORD_GRANT];
  return hasFault(pool.faults, 'two-factor') ? [PASSIVE_GRANT] : [PASSIVE_GRANT, PASSWORD_GRANT];
}

/** Answers a request that came with no token, or with one that was refused. */
export function challenge(pool: Pool, request: PoolRequest, check: Exclude<TokenCheck, { status: 'valid' }>): PoolResponse {
  const error = check.status === 'refused' ? `, error="invalid_token", error_description="${check.reason}"` : '';
  const bearer = `Bearer trusted_issuers="${ISSUERS}", client_id="${CLIENT_ID}"${error}`;
  const refusal = check.status === 'refused' ? diagnostics(28020, 'No valid security token.') : {};
  if (hasFault(pool.faults, 'no-challenge')) return empty(401, { 'WWW-Authenticate': bearer, ...refusal });
  const base = hasFault(pool.faults, 'foreign-tokens') ? 'https://pool.elsewhere.invalid' : request.origin;
  const quote = hasFault(pool.faults, 'bare-challenge') ? '' : '"';
  const fields = { href: `${base}/WebTicket/oauthtoken`, grant_type: offeredGrants(pool).join(',') };
  const challenge = Object.entries(fields).map(([name, value]) => `${name}=${quote}${value}${quote}`);
  return empty(401, {
    'WWW-Authenticate': [bearer, `MsRtcOAuth ${challenge.join(quote === '' ? ', ' : ',')}`],
    'X-MS-WebTicketURL': `${base}/WebTicket/WebTicketService.svc`,
    ...refusal,
  });
}
