/** The pool's bearer tokens: bound to the host they were issued by and to a time. Issues and checks them; answers nothing. */
import { type Account, findAccount } from '../accounts.js';
import { hasFault } from '../faults.js';
import type { Pool, PoolRequest } from './pool.js';
import { seal, unseal } from './seal.js';
import { readState } from './state.js';

/** Eight hours, as pools give to users. */
const LIFETIME_SECONDS = 28_800;
const PURPOSE = 'token';
/** Tokens of real pools begin like this: base64 AAEB. */
const PREFIX = Buffer.from([0, 1, 1]);

interface TokenContent {
  readonly account: string;
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** What became of the check: `missing` and `refused` differ in what the client has to do about it. */
export type TokenCheck =
  | { readonly status: 'valid'; readonly account: Account }
  | { readonly status: 'missing' }
  | { readonly status: 'refused'; readonly reason: string };

/** A token for `account`, good at the origin that the request came to. */
export function issueToken(pool: Pool, request: PoolRequest, account: Account): { access_token: string; expires_in: number } {
  const expires = pool.now().getTime() + LIFETIME_SECONDS * 1000;
  const content: TokenContent = { account: account.name, origin: request.origin, expires };
  const sealed = Buffer.concat([PREFIX, seal(readState(pool.dir).key, PURPOSE, content)]);
  return { access_token: `cwt=${sealed.toString('base64url')}`, expires_in: LIFETIME_SECONDS };
}

/** Looks for a bearer token (RFC 6750 section 2.1) in `request`, and judges it. */
export function checkToken(pool: Pool, request: PoolRequest): TokenCheck {
  const { authorization } = request.headers;
  if (authorization === undefined) return { status: 'missing' };
  const encoded = /^Bearer cwt=([A-Za-z0-9_-]+)$/i.exec(authorization)?.[1];
  const sealed = Buffer.from(encoded ?? '', 'base64url');
  const content = unseal<TokenContent>(readState(pool.dir).key, PURPOSE, sealed.subarray(PREFIX.length));
  const account = findAccount(content?.account ?? '');
  if (content === undefined || account === undefined) return refused('The token is not one of this pool.');
  if (content.origin !== request.origin || hasFault(pool.faults, 'wrong-host-ticket')) {
    return refused('The token was issued for another host.');
  }
  const expired = pool.now().getTime() >= content.expires || hasFault(pool.faults, 'expired-token');
  return expired ? refused('The token has expired.') : { status: 'valid', account };
}

function refused(reason: string): TokenCheck {
  return { status: 'refused', reason };
}
