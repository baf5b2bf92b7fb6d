/** The whole round of a sign-in with a card, from the pool through AD FS and back, over real TLS. */
import { beforeEach, expect, it } from 'vitest';
import { logLine } from '../../../../src/lab/log.js';
import { usePracticeHosts } from '../../../support/practice-hosts.js';
import { type Page, startWalk, type Walk } from '../adfs/walk.js';

const hosts = usePracticeHosts();
let walk: Walk;

beforeEach(() => {
  walk = startWalk(hosts, hosts.card());
});

function tokenRequest(origin: string): Promise<Page> {
  return walk.post(new URL('/WebTicket/oauthtoken', origin), [['grant_type', 'urn:microsoft.rtc:passive']]);
}

/** From the token service's refusal to the security token posted back. */
async function signIn(origin: string): Promise<Page> {
  const refused = JSON.parse((await tokenRequest(origin)).text);
  const away = await walk.get(new URL(refused.ms_rtc_passiveauthuri));
  walk.start.search = new URL(String(away.headers.location)).search;
  const final = (await walk.toToken()).form('wresult');
  expect(final?.action.href).toBe(refused.ms_rtc_passiveauthuri);
  return await walk.post(final?.action as URL, final?.fields ?? []);
}

it.each([
  ['by its own name', () => hosts.pool.origin],
  ['by its other name', () => hosts.pool.origin.replace('localhost', '127.0.0.1')],
])('ends in a token of the pool %s', async (_, origin) => {
  const since = hosts.log().length;
  const back = await signIn(origin());
  const token = await tokenRequest(origin());

  expect([back.status, back.headers.location]).toEqual([302, '/PassiveAuth/PassiveAuth.aspx']);
  expect(JSON.parse(token.text).access_token).toMatch(/^cwt=/);
  const log = hosts.log().slice(since).map(logLine).join('\n');
  expect(log).toContain(' security token of LAB\\alice taken: urn:ietf:rfc:2246\n');
  expect(log).toContain(' token issued to LAB\\alice by urn:microsoft.rtc:passive\n');
  expect(log).not.toMatch(/FedAuth|MSISAuth|cwt=|wresult/);
});

it.each([
  ['clock-skew', 500],
  ['adfs-clock-skew', 500],
  ['pool-rejects', 302],
  ['no-sid', 302],
])('ends without a token under the fault %s', async (fault, status) => {
  hosts.faults([fault]);
  const back = await signIn(hosts.pool.origin);

  expect([back.status, back.headers['set-cookie']]).toEqual([status, undefined]);
  expect((await tokenRequest(hosts.pool.origin)).status).toBe(400);
});
