/** The session cookies of passive sign-in: FedAuth, FedAuth1 and so on, as Windows Identity Foundation cuts them. */
import { randomBytes } from 'node:crypto';
import { type Account, findAccount } from '../accounts.js';
import type { Pool, PoolRequest } from './pool.js';
import { seal, unseal } from './seal.js';
import { readState } from './state.js';

const NAME = 'FedAuth';
const CHUNK = 2000;
const PURPOSE = 'cookie';
const LIFETIME_MS = 8 * 60 * 60 * 1000;
/** Real cookies carry the whole token: long enough for two of them. */
const PADDING_BYTES = 1200;
const ATTRIBUTES = 'path=/; secure; HttpOnly';

interface CookieContent {
  readonly account: string;
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly padding: string;
}

/** `Set-Cookie` values that tell this pool that `account` has signed in. */
export function sessionCookies(pool: Pool, request: PoolRequest, account: Account): string[] {
  const content: CookieContent = {
    account: account.name,
    origin: request.origin,
    expires: pool.now().getTime() + LIFETIME_MS,
    padding: randomBytes(PADDING_BYTES).toString('base64'),
  };
  const value = seal(readState(pool.dir).key, PURPOSE, content).toString('base64');
  const chunks = value.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  return chunks.map((chunk, index) => `${NAME}${index === 0 ? '' : index}=${chunk}; ${ATTRIBUTES}`);
}

/** `Set-Cookie` values that remove the cookies a request came with. */
export function removedCookies(request: PoolRequest): string[] {
  return [...readCookies(request).keys()]
    .filter((name) => /^FedAuth\d*$/.test(name))
    .map((name) => `${name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; ${ATTRIBUTES}`);
}

/** Who has signed in, by the cookies of a request. */
export function cookieAccount(pool: Pool, request: PoolRequest): Account | undefined {
  const cookies = readCookies(request);
  let value = '';
  for (let index = 0; cookies.has(chunkName(index)); index += 1) value += cookies.get(chunkName(index));
  const content = unseal<CookieContent>(readState(pool.dir).key, PURPOSE, Buffer.from(value, 'base64'));
  if (content === undefined || content.origin !== request.origin || pool.now().getTime() >= content.expires) return undefined;
  return findAccount(content.account);
}

function chunkName(index: number): string {
  return index === 0 ? NAME : `${NAME}${index}`;
}

/** Cookies by name (RFC 6265 section 5.4). */
function readCookies(request: PoolRequest): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => /^\s*([^=]+)=(.*)$/.exec(pair));
  return new Map(pairs.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}
