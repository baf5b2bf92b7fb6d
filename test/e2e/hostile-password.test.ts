/** Pools that would rather have the password: without the user's word nobody is even asked for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProgram, unanswered } from '../support/dialog.js';
import { ALICE, type Attacked, expectRefused, startAttacked } from '../support/hostile-pool.js';
import type { Site } from '../support/named-hosts.js';
import { adfs, pool } from '../unit/sign-in/passive/fake-sites.js';
import { at, decentBehind, discovery, json, ucwa } from './hostile-sites.js';

const REFUSED = 4;
const offering = (grants: string): Site[] => [discovery, ucwa({ grants }), pool(), adfs()];
const POOLS: [string, Site[]][] = [
  ['the password only', offering('password')],
  ['the password and Windows', offering('urn:microsoft.rtc:windows,password')],
  ['nothing at all', offering('')],
  [
    'passive sign-in, and then refuses it',
    decentBehind(at('pool.lab.test', '/WebTicket', () => json({ error: 'unsupported_grant_type' }, 400))),
  ],
];
let attacked: Attacked;

beforeAll(async () => {
  attacked = await startAttacked();
});
afterAll(() => attacked.stop());

/** No answer is in the environment: whatever is asked for would be asked at the terminal. */
async function refusedAtTerminal(sites: Site[], args: string[], known: string[] = ['CARD']): Promise<string> {
  const hosts = await attacked.hosts(sites);
  const env = { ...unanswered(attacked.lab, known), ...attacked.environment(hosts), LYNCAUTH_SERVER: '', LYNCAUTH_TRUST_DOMAIN: '' };
  const terminal = openProgram(['sign-in', ALICE, ...args], { env });
  expect(await terminal.exit()).toEqual({ code: REFUSED, signal: null });
  expect(terminal.echo()).toBe(true);
  expect(hosts.asked.some(({ form }) => form.has('password'))).toBe(false);
  return terminal.screen();
}

describe.each(POOLS)('a pool that offers %s', (_, sites) => {
  test.each([[[]], [['--method', 'auto']]])('is no reason to ask a person for anything: %s', async (args) => {
    const screen = await refusedAtTerminal(sites, args);
    expect(screen).not.toMatch(/\?|PIN of|password of/i);
    expect(screen).toContain('lyncauth: error:');
  });

  test('nor to give away what a script has ready', async () => {
    const attempt = await attacked.attempt(sites);
    expectRefused(attempt, attacked.lab, REFUSED, 'METHOD_NOT_OFFERED');
    expect(attempt.asked.some(({ form }) => form.has('password'))).toBe(false);
  });
});

test('a sign-in page that offers the password only gets neither password nor certificate', async () => {
  const sites = [discovery, ucwa(), pool(), adfs({ methods: 'noCertificate' })];
  const screen = await refusedAtTerminal(sites, [], ['CARD', 'PIN_FILE']);
  expect(screen).not.toMatch(/password of/i);
  const attempt = await attacked.attempt(sites);
  expectRefused(attempt, attacked.lab, REFUSED, 'METHOD_NOT_OFFERED');
  expect(attempt.asked.filter(({ shown, form }) => shown !== undefined || form.has('Password'))).toEqual([]);
  // What AD FS offers, and what became of the methods here: two lists.
  expect(attempt.json().error.details).toMatchObject({
    offered: ['FormsAuthentication'],
    methods: expect.arrayContaining([{ method: 'passive', reason: expect.any(String) }]),
  });
});
