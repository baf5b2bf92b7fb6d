/** From an address to the pool's token service: where it was last time, else by discovery. Nothing here proves who the user is. */
import { isLyncauthError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { Log } from '../log.js';
import type { StatePaths } from '../store/paths.js';
import { forgetDiscovery, readMemory } from '../store/sign-in-memory.js';
import { type DiscoverOptions, type Discovery, discover } from './discovery.js';
import type { AccessLocation } from './discovery-document.js';
import { PASSIVE_GRANT, requestToken } from './oauth.js';
import { type Pool, resolvePool } from './pool.js';
import type { Address, TrustRule } from './types.js';

export interface PoolSearch {
  readonly address: Address;
  /** Given by hand: no other is asked. */
  readonly server: URL | undefined;
  readonly trust: TrustRule;
}

export interface PoolTools {
  readonly http: HttpClient;
  readonly plain: DiscoverOptions['plain'];
  readonly log: Log | undefined;
  readonly paths: StatePaths;
  now(): Date;
}

export interface FoundPool extends Pool {
  /** Undefined when this one was remembered: there is nothing new to remember. */
  readonly discovery: Discovery | undefined;
  /** Where it sees this computer, as far as it said. */
  readonly accessLocation: AccessLocation | undefined;
}

/**
 * The pool of `address`. A remembered one that no longer answers is looked for again.
 * @throws LyncauthError as discover() and resolvePool() do
 */
export async function findPool(search: PoolSearch, tools: PoolTools): Promise<FoundPool> {
  const remembered = search.server === undefined ? await tryRemembered(search, tools) : undefined;
  if (remembered !== undefined) return remembered;
  const { http, plain, log } = tools;
  const discovery = await discover(search.address, { http, plain, server: search.server, log });
  for (const step of discovery.via) log?.verbose(`found by ${step}`);
  return { ...(await resolvePool(http, search.trust, discovery)), discovery, accessLocation: discovery.accessLocation };
}

async function tryRemembered({ address, trust }: PoolSearch, { http, log, paths, now }: PoolTools): Promise<FoundPool | undefined> {
  const known = readMemory(paths).discovery(address.text, now());
  if (known === undefined) return undefined;
  try {
    const pool = await resolvePool(http, trust, { userUrl: new URL(known.userUrl) });
    return { ...pool, discovery: undefined, accessLocation: known.accessLocation };
  } catch (error) {
    if (!isLyncauthError(error) || error.code === 'INTERRUPTED') throw error;
    log?.verbose(`the pool of the last sign-in is not there any more: ${error.message}`);
    await forgetDiscovery(paths, address.text);
    return undefined;
  }
}

/**
 * The page at which the pool has its users sign in; undefined where it offers no passive sign-in.
 * @throws LyncauthError DOMAIN_UNTRUSTED when it is elsewhere; as requestToken() does
 */
export async function passivePage(
  { tokenUrl, grants }: Pick<Pool, 'tokenUrl' | 'grants'>,
  trust: TrustRule,
  tools: PoolTools,
): Promise<URL | undefined> {
  if (!grants.includes(PASSIVE_GRANT)) return undefined;
  const answer = await requestToken(tools.http, tokenUrl, { grant_type: PASSIVE_GRANT }, tools);
  if (answer.passiveUrl !== undefined) await trust.assertTrusted(answer.passiveUrl, 'the sign-in page of the pool');
  return answer.passiveUrl;
}
