/** The sign-in service (AD FS) that a pool trusts, as far as anybody may find out about it, and what becomes of its token. It proves nothing to it. */
import { createCookieJar } from '../../http/cookies.js';
import { postWresult } from '../passive/relying-party.js';
import { type PassiveStart, startPassive } from '../passive/start.js';
import type { MethodInput, Token } from '../types.js';
import { assertAudience } from './audience.js';
import { type Offer, readOffer } from './mex.js';
import type { SecurityToken } from './response.js';
import { wrapAsWresult } from './wresult.js';

export interface TrustService extends Pick<PassiveStart, 'stsUrl' | 'realm'> {
  readonly offer: Offer;
  /** Gives a token of the service to the pool, which gives its own. @throws LyncauthError as postWresult() does */
  redeem(token: SecurityToken): Promise<Token>;
}

/**
 * Asks the pool which service it trusts and for whom that is to issue tokens, and the service what it offers.
 *
 * @throws LyncauthError as startPassive(), assertAudience() and readOffer() do
 */
export async function findService(input: MethodInput): Promise<TrustService> {
  const jar = createCookieJar();
  const { page, stsUrl, wctx, realm } = await startPassive(input, jar);
  await assertAudience(input, realm);
  return {
    stsUrl,
    realm,
    offer: await readOffer(input, stsUrl),
    redeem: (token) => postWresult(input, jar, page, wrapAsWresult(token, realm, input.now()), wctx),
  };
}
