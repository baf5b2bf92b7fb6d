/** The way from the user resource to the token service, and who is trusted on it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/sign-in/address.js';
import { resolvePool } from '../../../src/sign-in/pool.js';
import { createTrustRule } from '../../../src/sign-in/trust-rule.js';
import { failure } from '../../support/failure.js';
import { createPoolServers, type PoolServers, type ScriptedServer } from '../../support/pool-server.js';

const USER = '/Autodiscover/AutodiscoverService.svc/root/oauth/user';
const GRANTS = 'urn:microsoft.rtc:passive,password';

let servers: PoolServers;
let pool: ScriptedServer;
/** Trusts localhost, and not the same server by its address. */
const trust = createTrustRule(parseAddress('alice@lab.test'), { trustDomains: ['localhost'] });

beforeEach(async () => {
  servers = createPoolServers();
  pool = await servers.https();
});

afterEach(() => servers.close());

const challenge = (tokenUrl: string) => ({
  status: 401,
  headers: { 'WWW-Authenticate': `MsRtcOAuth href="${tokenUrl}",grant_type="${GRANTS}"` },
});
const resolve = (url = new URL(USER, pool.url)) => resolvePool(servers.http, trust, { userUrl: url });

test('the user resource names the token service and what it takes', async () => {
  pool.on(`GET ${USER}`, challenge(`${pool.url}/WebTicket/oauthtoken`));
  expect(await resolve(new URL(`${USER}?originalDomain=lab.test`, pool.url))).toEqual({
    tokenUrl: new URL('/WebTicket/oauthtoken', pool.url),
    grants: GRANTS.split(','),
    userUrl: new URL(`${USER}?originalDomain=lab.test`, pool.url),
  });
  expect(pool.seen[0]?.headers).not.toHaveProperty('authorization');
});

describe('the way to it', () => {
  test('goes over redirects and redirect links, each looked at by the trust rule', async () => {
    const other = await servers.https();
    pool.on(`GET ${USER}`, { status: 307, headers: { Location: '/moved' } });
    pool.on('GET /moved', { body: { _links: { redirect: { href: `${other.url}/x` } } } });
    other.on('GET /x', {
      body: `<AutodiscoverResponse><User><Link token="Redirect" href="${other.url}${USER}"/></User></AutodiscoverResponse>`,
    });
    other.on(`GET ${USER}`, challenge(`${other.url}/token`));
    expect(await resolve()).toMatchObject({ userUrl: new URL(USER, other.url), tokenUrl: new URL('/token', other.url) });
  });

  test('goes from the root of the home server to the user resource that it names', async () => {
    const root = '/Autodiscover/AutodiscoverService.svc/root';
    const other = await servers.https();
    pool.on(`GET ${USER}`, { body: { _links: { redirect: { href: `${other.url}${root}?originalDomain=lab.test` } } } });
    other.on(`GET ${root}`, { body: { _links: { self: { href: root }, user: { href: USER } } } });
    other.on(`GET ${USER}`, challenge(`${other.url}/token`));
    expect(await resolve()).toMatchObject({ userUrl: new URL(USER, other.url) });
    other.on(`GET ${root}`, { body: { _links: { user: { href: `${pool.byAddress}${USER}` } } } });
    expect(await failure(resolve())).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
  });

  test('does not go from a user resource to itself', async () => {
    pool.on(`GET ${USER}`, { body: { _links: { user: { href: USER } } } });
    expect(await failure(resolve())).toMatchObject({ code: 'DISCOVERY_FAILED' });
    expect(pool.seen).toHaveLength(1);
  });

  test('goes from the resource for web tickets to the one for tokens', async () => {
    pool.on('GET /Autodiscover/AutodiscoverService.svc/root/user', {
      status: 401,
      headers: { 'X-MS-WebTicketURL': `${pool.url}/WebTicket` },
    });
    pool.on(`GET ${USER}`, challenge(`${pool.url}/token`));
    expect(await resolve(new URL('/Autodiscover/AutodiscoverService.svc/root/user', pool.url))).toMatchObject({
      userUrl: new URL(USER, pool.url),
    });
  });

  test('ends after five redirects', async () => {
    pool.on(`GET ${USER}`, { status: 302, headers: { Location: USER } });
    expect(await failure(resolve())).toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(pool.seen).toHaveLength(6);
  });
});

describe('a server of another domain', () => {
  test('is not even asked', async () => {
    expect(await failure(resolve(new URL(USER, pool.byAddress)))).toMatchObject({
      code: 'DOMAIN_UNTRUSTED',
      message: expect.stringContaining('127.0.0.1'),
    });
    expect(pool.seen).toEqual([]);
  });

  test('is not reached by a redirect', async () => {
    pool.on(`GET ${USER}`, { status: 302, headers: { Location: `${pool.byAddress}/x` } });
    expect(await failure(resolve())).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
    expect(pool.seen).toHaveLength(1);
  });

  test('cannot be the token service', async () => {
    for (const url of [`${pool.byAddress}/token`, 'https://evil-localhost/token', 'http://localhost/token']) {
      pool.on(`GET ${USER}`, challenge(url));
      expect(await failure(resolve())).toMatchObject({
        code: 'DOMAIN_UNTRUSTED',
        message: expect.stringContaining('the token service of the pool is at'),
      });
    }
  });

  test('is refused when it is one over http', async () => {
    const plain = await servers.plainHttp();
    pool.on(`GET ${USER}`, { status: 302, headers: { Location: `${plain.url}/x` } });
    expect(await failure(resolve())).toMatchObject({ code: 'DOMAIN_UNTRUSTED', message: expect.stringContaining('is not https') });
    expect(plain.seen).toEqual([]);
  });
});

describe('what is no pool', () => {
  test.each([
    [
      'a logon of another kind',
      { status: 401, headers: { 'WWW-Authenticate': 'Negotiate, NTLM' } },
      'DISCOVERY_FAILED',
      'asks for a logon, but not as a Lync server does',
    ],
    ['a pool without tokens', { status: 401, headers: { 'X-MS-WebTicketURL': 'https://x.test/' } }, 'DISCOVERY_FAILED', 'issues no tokens'],
    [
      'a challenge without an address',
      { status: 401, headers: { 'WWW-Authenticate': 'MsRtcOAuth grant_type="password"' } },
      'DISCOVERY_FAILED',
      'asks for a logon',
    ],
    ['an account that is nowhere at home', { status: 404 }, 'NOT_ENABLED', 'does not know where the account is at home'],
    ['a web server', { status: 404, body: '{"error":1}' }, 'DISCOVERY_FAILED', 'not one of Lync'],
    ['a web page', { status: 200, body: '<html>hi</html>' }, 'DISCOVERY_FAILED', 'answers with a web page'],
    [
      'an answer without a question',
      { status: 200, body: '{"_links":{"applications":{"href":"/x"}}}' },
      'DISCOVERY_FAILED',
      'not as a Lync server does',
    ],
    [
      'a redirect to nowhere',
      { status: 302, headers: { Location: 'mailto:alice@lab.test' } },
      'DISCOVERY_FAILED',
      'not as a Lync server does',
    ],
    [
      'a refusal with a number',
      { status: 403, headers: { 'X-Ms-diagnostics': '28000;reason="User is not SIP enabled."' } },
      'NOT_ENABLED',
      'User is not SIP enabled, 28000',
    ],
    ['a broken pool', { status: 500 }, 'SERVER_ERROR', 'failed (status 500)'],
    ['an endless answer', { status: 200, body: Buffer.alloc(2 * 1024 * 1024) }, 'RESPONSE_TOO_LARGE', ''],
  ])('%s', async (_, answer, code, words) => {
    pool.on(`GET ${USER}`, answer);
    const error = await failure(resolve());
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(error.hint).toBeTruthy();
  });
});
