/** The client of the pool against the practice pool, with each of its switches. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../src/http/client.js';
import { findAccount } from '../../../src/lab/accounts.js';
import { Secret } from '../../../src/secret.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import { discover } from '../../../src/sign-in/discovery.js';
import { PASSIVE_GRANT, requestToken } from '../../../src/sign-in/oauth.js';
import { resolvePool } from '../../../src/sign-in/pool.js';
import { createTrustRule } from '../../../src/sign-in/trust-rule.js';
import type { Token } from '../../../src/sign-in/types.js';
import { applicationAlive, closeApplication, type OpenedApplication, openApplication } from '../../../src/sign-in/ucwa.js';
import { failure } from '../../support/failure.js';
import { usePracticeHosts } from '../../support/practice-hosts.js';

const alice = parseAddress('alice@lab.test');
const trust = createTrustRule(alice, { trustDomains: ['localhost'] });
const now = () => new Date();
const plain = () => Promise.reject(new Error('http is not needed here'));
const hosts = usePracticeHosts();
let http: HttpClient;

beforeAll(() => {
  http = createHttpClient({ caFile: hosts.caFile, env: {}, timeoutMs: 10_000 });
});
afterAll(() => http.close());

const find = async (rule = trust) => await resolvePool(http, rule, await discover(alice, { http, plain, server: hosts.pool }));

async function tokenAt(tokenUrl: URL): Promise<Token> {
  const password = new Secret(findAccount('LAB\\alice')?.password ?? '');
  const { token } = await requestToken(http, tokenUrl, { grant_type: 'password', username: 'LAB\\alice', password }, { now });
  if (!token) throw new Error('a password leads to no page');
  return token;
}

async function open(rule = trust): Promise<OpenedApplication> {
  const pool = await find(rule);
  const token = await tokenAt(pool.tokenUrl);
  return await openApplication(http, pool.userUrl, token, { trust: rule, now, getToken: ({ tokenUrl }) => tokenAt(tokenUrl) });
}

test('an application is found, opened, asked and closed, and the pool has none any more', async () => {
  const { application, displayName, uri, token } = await open();
  expect({ displayName, uri }).toEqual({ displayName: expect.stringContaining('Alice'), uri: 'sip:alice@lab.test' });
  expect(token.expiresAt.getTime()).toBeGreaterThan(Date.now());
  expect(await applicationAlive(http, application, token)).toBe(true);
  expect(await closeApplication(http, application, token)).toBe('closed');
  expect(await applicationAlive(http, application, token)).toBe(false);
  expect(await closeApplication(http, application, token)).toBe('gone');
  expect(hosts.log().filter(({ event }) => event === 'deleted')).toHaveLength(1);
});

test('a passive sign-in is asked for first where the pool offers it', async () => {
  const { tokenUrl, grants } = await find();
  expect(grants).toContain(PASSIVE_GRANT);
  const { passiveUrl } = await requestToken(http, tokenUrl, { grant_type: PASSIVE_GRANT }, { now });
  expect(passiveUrl?.href).toBe(new URL('/PassiveAuth/PassiveAuth.aspx', hosts.pool).href);
});

describe('with a switch on, a sign-in still works:', () => {
  test.each(['redirect-chain', 'redirect-chain=5', 'bare-challenge', 'external', 'password-only'])('%s', async (fault) => {
    hosts.faults([fault]);
    const { application, token } = await open();
    expect(await closeApplication(http, application, token)).toBe('closed');
  });

  test('homed-elsewhere, once the other name is trusted, with a token of its own', async () => {
    hosts.faults(['homed-elsewhere']);
    expect(await failure(open())).toMatchObject({ code: 'DOMAIN_UNTRUSTED', message: expect.stringContaining('127.0.0.1') });
    const { application, token } = await open(createTrustRule(alice, { trustDomains: ['localhost', '127.0.0.1'] }));
    expect(application.hostname).toBe('127.0.0.1');
    expect(await closeApplication(http, application, token)).toBe('closed');
  });
});

describe('with a switch on, the sign-in fails in plain words:', () => {
  test.each([
    ['html-discovery', 'DISCOVERY_FAILED', 'answers with a web page'],
    ['redirect-loop', 'DISCOVERY_FAILED', 'redirects in a circle'],
    ['redirect-chain=9', 'DISCOVERY_FAILED', 'redirects more than 5 times'],
    ['huge-body@discovery', 'RESPONSE_TOO_LARGE', 'larger than 256 KiB'],
    ['server-error@discovery', 'DISCOVERY_FAILED', 'failed (status 500)'],
    ['redirect@token', 'REDIRECT_REFUSED', 'sends us elsewhere (status 302, to elsewhere.invalid)'],
    ['server-error@token', 'SERVER_ERROR', 'failed (status 500)'],
    ['huge-body=gzip@token', 'RESPONSE_TOO_LARGE', 'larger than 1024 KiB'],
    ['server-error@application', 'SERVER_ERROR', 'failed (status 500)'],
    ['no-challenge', 'DISCOVERY_FAILED', 'asks for a logon, but not as a Lync server does'],
    ['foreign-tokens', 'DOMAIN_UNTRUSTED', 'the token service of the pool is at pool.elsewhere.invalid'],
    ['two-factor', 'METHOD_NOT_OFFERED', 'Authentication type not allowed, 28029'],
    ['not-enabled', 'NOT_ENABLED', 'User is not SIP enabled, 28000'],
    ['account-disabled', 'ACCOUNT_DISABLED', 'The account is disabled'],
    ['not-homed', 'NOT_ENABLED', 'does not know where the account is at home'],
    ['expired-token', 'TOKEN_EXPIRED', 'The token has expired, 28020'],
    ['wrong-host-ticket', 'TOKEN_EXPIRED', 'The token was issued for another host, 28020'],
    ['too-many-applications', 'SIGN_IN_REFUSED', 'too many places'],
  ])('%s', async (fault, code, words) => {
    hosts.faults([fault]);
    const error = await failure(open());
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(error.hint).toBeTruthy();
  });

  test('application-expires', async () => {
    const { application, token } = await open();
    hosts.faults(['application-expires']);
    expect(await applicationAlive(http, application, token)).toBe(false);
    expect(await closeApplication(http, application, token)).toBe('gone');
  });
});
