import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../src/http/client.js';
import { Secret } from '../../../src/secret.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import { discover } from '../../../src/sign-in/discovery.js';
import { PASSIVE_GRANT, requestToken } from '../../../src/sign-in/oauth.js';
import { resolvePool } from '../../../src/sign-in/pool.js';
import { createTrustRule } from '../../../src/sign-in/trust-rule.js';
import { applicationAlive, closeApplication, openApplication } from '../../../src/sign-in/ucwa.js';
import { type PracticeHosts, startPracticeHosts } from '../../support/practice-hosts.js';

const alice = parseAddress('alice@lab.test');
const now = () => new Date();
let hosts: PracticeHosts;
let http: HttpClient;

beforeAll(async () => {
  hosts = await startPracticeHosts();
  http = createHttpClient({ caFile: hosts.caFile, env: {}, timeoutMs: 10_000 });
});

afterAll(async () => {
  http?.close();
  await hosts?.close();
});

beforeEach(() => hosts.faults([]));

const trust = createTrustRule(alice, { trustDomains: ['localhost'] });
const plain = () => Promise.reject(new Error('http is not needed here'));
const find = async () => await resolvePool(http, trust, await discover(alice, { http, plain, server: hosts.pool }));

test('x', async () => {
  const pool = await find();
  console.log(pool);
  console.log(await requestToken(http, pool.tokenUrl, { grant_type: PASSIVE_GRANT }, { now }));
  const { token } = await requestToken(http, pool.tokenUrl, { grant_type: 'password', username: 'LAB\\alice', password: new Secret('Passw0rd!') }, { now }).catch((e) => { console.log(e.message, e.details); return { token: undefined }; });
  if (!token) return;
  const opened = await openApplication(http, pool.userUrl, token, { trust, now, getToken: async () => token });
  console.log(opened);
  expect(await applicationAlive(http, opened.application, token)).toBe(true);
  expect(await closeApplication(http, opened.application, token)).toBe('closed');
  expect(await applicationAlive(http, opened.application, token)).toBe(false);
});
