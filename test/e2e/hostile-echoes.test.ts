/** Servers that repeat what they were sent: no secret comes back to the screen, to a script, or to a file. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ALICE, type Attacked, type Attempt, startAttacked } from '../support/hostile-pool.js';
import type { Asked, Site } from '../support/named-hosts.js';
import { findSecrets } from '../support/needles.js';
import { secretFile } from '../support/secret-files.js';
import { ACCESS_TOKEN, adfs, pool, WRESULT } from '../unit/sign-in/passive/fake-sites.js';
import { APPLICATIONS_PATH, at, decentBehind, discovery, json, ucwa } from './hostile-sites.js';

/** Forms escape more of it than addresses do. */
const PASSWORD = "Canary p!w'x(1)~ü";
const SECRETS = [
  ACCESS_TOKEN,
  // What is left of it when it is cut.
  ACCESS_TOKEN.slice(0, 60),
  WRESULT,
  PASSWORD,
  'p%21w%27x%281%29%7E%C3%BC',
];
let attacked: Attacked;

beforeAll(async () => {
  attacked = await startAttacked();
});
afterEach(() => attacked.lab.run(['forget-credentials']));
afterAll(() => attacked.stop());

const failing = (message: string) => json({ code: 'ServiceFailure', message }, 500);
const echoing = (path: string, method: string, words: (asked: Asked) => string): Site =>
  at('pool.lab.test', path, (asked) => (asked.method === method ? failing(`cannot use ${words(asked)}`) : undefined));
const authorization = ({ headers }: Asked) => headers.authorization ?? '';

function expectNothing({ stdout, stderr }: Attempt): void {
  expect(findSecrets(SECRETS, { stdout, stderr })).toEqual([]);
}

test('a pool that repeats the token when the earlier session is to end', async () => {
  const sites = decentBehind(echoing(APPLICATIONS_PATH, 'DELETE', authorization));
  let opened = 0;
  const another = at('pool.lab.test', APPLICATIONS_PATH, ({ method }) => {
    if (method !== 'POST') return undefined;
    opened += 1;
    const self = { href: `${APPLICATIONS_PATH}/${opened}` };
    return json({ _links: { self }, _embedded: { me: { name: 'Alice', uri: `sip:${ALICE}` } } }, 201);
  });
  expect((await attacked.attempt([another, ...sites])).code).toBe(0);
  for (const flags of [[], ['--quiet']]) {
    const again = await attacked.attempt([another, ...sites], flags);
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/^warning: the earlier session of .*cannot use Bearer \*\*\*/m);
    expectNothing(again);
  }
  const end = await attacked.attempt(sites, [], { command: ['sign-out', '--json', '--trace'] });
  expect(end.json().error.message).toContain('***');
  expectNothing(end);
});

test.each([
  ['the token, which is longer than what is shown of a reason', echoing(APPLICATIONS_PATH, 'POST', authorization)],
  ['the security token', echoing('/PassiveAuth', 'POST', ({ form }) => form.get('wresult') ?? '')],
])('a pool that repeats %s', async (_, site) => {
  const attempt = await attacked.attempt(decentBehind(site), ['--method', 'passive', '--trace']);
  expect([attempt.code, attempt.json().ok]).toEqual([9, false]);
  expectNothing(attempt);
});

test('a token service that repeats the form with the password', async () => {
  const token = at('pool.lab.test', '/WebTicket', ({ form }) => json({ error: 'invalid_request', error_description: String(form) }, 400));
  const sites = [token, discovery, ucwa({ grants: 'password' }), pool(), adfs()];
  const file = secretFile(attacked.lab.dir, 'canary-password', PASSWORD);
  const attempt = await attacked.attempt(sites, ['--method', 'password', '--trace'], { env: { LYNCAUTH_PASSWORD_FILE: file } });
  expect(attempt.asked.some(({ form }) => form.get('password') === PASSWORD)).toBe(true);
  expect(attempt.json().error.message).toContain('password=***');
  expectNothing(attempt);
});
