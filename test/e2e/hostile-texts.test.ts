/** Texts that servers choose: whatever is in them, they neither move the cursor, nor turn letters round, nor go on for pages. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openProgram } from '../support/dialog.js';
import { ALICE, type Attacked, expectRefused, expectSound, startAttacked } from '../support/hostile-pool.js';
import type { Answer, Site } from '../support/named-hosts.js';
import { escapeHtml, hidden } from '../unit/sign-in/passive/adfs-pages.js';
import { APPLICATIONS_PATH, applicationOf, at, decentBehind, json, USER_PATH, ucwa } from './hostile-sites.js';

const REFUSED = 4;
const NETWORK = 9;
/** Clears the screen, sets the title, goes back, up and left, turns letters round, hides some; then lies. */
const SIGNS = '\u009b2J\u009d0;owned\u009c\u202e\u2066\u200b\u2028\u0085lyncauth: error: all is lost';
const NASTY = `Bad\u001b[2J\u001b]0;owned\u0007\r\b\n\u007f${SIGNS}`;
const LONG = `${NASTY}${'x'.repeat(400_000)}`;
/** In a header and in XML, where control characters of ASCII cannot be. */
const LATIN = SIGNS.replace(/[^\x20-\xff]/g, '');
let attacked: Attacked;

beforeAll(async () => {
  attacked = await startAttacked();
});
afterEach(() => attacked.lab.run(['forget-credentials']));
afterAll(() => attacked.stop());

const fault = (reason: string): Answer => ({
  status: 500,
  body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">${escapeHtml(reason)}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`,
});
const mex = at('sts.lab.test', '/adfs/services/trust/mex', () => ({
  body: '<d><port><address location="https://sts.lab.test/adfs/services/trust/13/certificatemixed"/></port></d>',
}));
const authorized = (answer: Answer) =>
  at('pool.lab.test', USER_PATH, ({ headers }) => (headers.authorization === undefined ? undefined : answer));
const diagnostics = (reason: string): Answer => ({
  status: 403,
  headers: { 'X-Ms-diagnostics': `28000;source="${reason}";reason="${reason}"` },
});

test.each([
  ['a header for diagnostics', REFUSED, 'passive', [authorized(diagnostics(LATIN.repeat(100)))]],
  [
    'the reason of the token service',
    NETWORK,
    'passive',
    [at('pool.lab.test', '/WebTicket', () => json({ error: 'server_error', error_description: LONG }, 400))],
  ],
  ['the code of the token service', REFUSED, 'passive', [at('pool.lab.test', '/WebTicket', () => json({ error: LONG }, 401))]],
  ['a SOAP fault of the pool', NETWORK, 'passive', [authorized(fault(`${SIGNS}${'x'.repeat(400_000)}`))]],
  ['a SOAP fault of AD FS', REFUSED, 'certificate', [mex, at('sts.lab.test', '/adfs/services/trust/13', () => fault(SIGNS.repeat(9000)))]],
  ['the error of a page', REFUSED, 'passive', [at('sts.lab.test', '/', () => ({ body: `<div id="errorText">${escapeHtml(LONG)}</div>` }))]],
  [
    'the names of fields',
    NETWORK,
    'passive',
    [at('sts.lab.test', '/', () => ({ body: `<form method="post">${hidden(NASTY, 'x').repeat(2000)}</form>` }))],
  ],
  [
    'what UCWA says',
    NETWORK,
    'passive',
    [at('pool.lab.test', APPLICATIONS_PATH, ({ method }) => (method === 'POST' ? json({ code: LONG, message: LONG }, 500) : undefined))],
  ],
  [
    'where a redirect leads',
    NETWORK,
    'passive',
    [at('sts.lab.test', '/', () => ({ status: 302, headers: { Location: `ftp://evil.test/${LATIN}` } }))],
  ],
  ['10 MB of a reason', NETWORK, 'passive', [authorized(json({ message: 'x'.repeat(10_000_000) }, 403))]],
] satisfies [string, number, string, Site[]][])('%s', async (_, exitCode, method, sites) => {
  const attempt = await attacked.attempt(decentBehind(...sites), ['--method', method, '-v']);
  const codes = ['NOT_ENABLED', 'SERVER_ERROR', 'SIGN_IN_REFUSED', 'TOKEN_EXPIRED', 'REDIRECT_REFUSED', 'RESPONSE_TOO_LARGE'];
  const { message } = expectRefused(attempt, attacked.lab, exitCode, ...codes);
  expect(message.length).toBeLessThan(600);
});

test('a name that is more than a name is shown without the rest, by every command that shows it', async () => {
  const sites = decentBehind(ucwa({ application: applicationOf(LONG) }));
  const attempt = await attacked.attempt(sites, [], { command: ['sign-in', '--no-input', ALICE] });
  expectSound(attempt);
  expect(attempt.stdout).toContain('signed in as Bad');
  expect(attempt.code).toBe(0);
  for (const args of [
    ['status', '--offline'],
    ['status', '--offline', '--json'],
    ['sign-out', '--json'],
  ]) {
    expectSound(await attacked.attempt(sites, [], { command: args }));
  }
});

test('a terminal shows a refusal on its own lines, and is left as it was', async () => {
  const page = at('sts.lab.test', '/', () => ({ body: `<div id="errorText">${escapeHtml(LONG)}</div>` }));
  const hosts = await attacked.hosts(decentBehind(page));
  const env = { ...attacked.lab.env, ...attacked.environment(hosts) };
  const terminal = openProgram(['sign-in', ALICE, '--method', 'passive'], { env: { ...env, TERM: 'dumb' }, columns: 400 });
  expect(await terminal.exit()).toEqual({ code: REFUSED, signal: null });
  expect(terminal.raw()).not.toMatch(/[^\P{Cc}\r\n]|[\u202a-\u202e\u2066-\u2069]/u);
  const lines = terminal.raw().split(/\r?\n/);
  expect(lines.filter((line) => line.startsWith('lyncauth: error:'))).toEqual([
    expect.stringContaining('sts.lab.test refuses the sign-in'),
  ]);
  expect(terminal.echo()).toBe(true);
});
