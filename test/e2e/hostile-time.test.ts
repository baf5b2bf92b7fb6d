/** Servers that want our time: each exchange has a limit, all of a sign-in together have one, and a person can leave at any moment. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CTRL_C, openProgram, shellCode } from '../support/dialog.js';
import { ALICE, type Attacked, type Attempt, expectRefused, startAttacked } from '../support/hostile-pool.js';
import { until } from '../support/interrupt.js';
import type { Answer, Site } from '../support/named-hosts.js';
import { redirect } from '../unit/sign-in/passive/fake-sites.js';
import { APPLICATIONS_PATH, at, decentBehind, USER_PATH } from './hostile-sites.js';

const NETWORK = 9;
/** For one exchange, seconds. */
const TIMEOUT = 2;
/** Nearly the whole of it. */
const SLOW_MS = 1500;
const TRICKLE_MS = 500;
let attacked: Attacked;
const timers = new Set<NodeJS.Timeout>();

beforeAll(async () => {
  attacked = await startAttacked();
});
afterEach(() => {
  for (const timer of timers) clearInterval(timer);
});
afterAll(() => attacked.stop());

/** A byte now and then, and never the last one. */
function trickle(begin: (response: ServerResponse) => void, piece: (response: ServerResponse) => void): Answer {
  return {
    write: (response) => {
      begin(response);
      const timer = setInterval(() => piece(response), TRICKLE_MS);
      timers.add(timer);
      response.once('close', () => clearInterval(timer));
    },
  };
}

const SLOW = {
  body: trickle(
    (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).flushHeaders(),
    (response) => response.write('<'),
  ),
  head: trickle(
    (response) => response.socket?.write('HTTP/1.1 200 OK\r\nX-Slow: '),
    (response) => response.socket?.write('x'),
  ),
  preliminary: trickle(
    () => {},
    (response) => response.writeProcessing(),
  ),
  nothing: { hang: true },
} satisfies Record<string, Answer>;

async function attempt(sites: Site[], args: string[] = []): Promise<Attempt> {
  return await attacked.attempt(sites, ['--timeout', String(TIMEOUT), ...args]);
}

const PLACES: Record<string, (answer: Answer) => Site> = {
  'in discovery': (answer) => (asked) => (asked.host.startsWith('lyncdiscover') ? answer : undefined),
  'at the pool': (answer) => at('pool.lab.test', USER_PATH, () => answer),
  'at AD FS': (answer) => at('sts.lab.test', '/', () => answer),
  'where the certificate is asked for': (answer) => at('certauth.sts.lab.test', '/', () => answer),
  'in place of an application': (answer) => at('pool.lab.test', APPLICATIONS_PATH, () => answer),
};

describe('a server that sends a byte now and then, for ever', () => {
  test.each(Object.entries(PLACES))('%s', async (_, site) => {
    expectRefused(await attempt(decentBehind(site(SLOW.body))), attacked.lab, NETWORK, 'TIMEOUT', 'DISCOVERY_FAILED');
  });
});

describe('where the certificate is asked for, a server that sends for ever', () => {
  test.each([
    ['the head of an answer', SLOW.head],
    ['preliminary answers', SLOW.preliminary],
    ['nothing', SLOW.nothing],
  ])('%s', async (_, answer) => {
    const site = at('certauth.sts.lab.test', '/', () => answer);
    expectRefused(await attempt(decentBehind(site)), attacked.lab, NETWORK, 'TIMEOUT');
  });
});

describe('servers that each time take nearly as long as they may', () => {
  const slowly = (answer: Answer): Answer => ({
    write: (response) => {
      const { status = 200, headers = {}, body = '' } = answer;
      timers.add(setTimeout(() => response.writeHead(status, headers).end(body), SLOW_MS));
    },
  });

  test('get five times the time of one exchange, not twenty', async () => {
    let steps = 0;
    const site = at('sts.lab.test', '/adfs/ls/', () => {
      steps += 1;
      return slowly(redirect(`/adfs/ls/?n=${steps}`));
    });
    const { message, hint } = expectRefused(await attempt(decentBehind(site)), attacked.lab, NETWORK, 'TIMEOUT');
    expect(message).toMatch(/^the whole sign-in took longer than the 10 seconds /);
    expect(hint).toContain('--timeout');
    expect(steps).toBeLessThanOrEqual(8);
  });

  test('all of them together, whatever they are asked', async () => {
    let steps = 0;
    const behind = decentBehind();
    const site: Site = (asked) => {
      steps += 1;
      const answer = behind.map((each) => each(asked)).find((each) => each !== undefined) ?? { status: 404 };
      return slowly(answer);
    };
    expectRefused(await attempt([site]), attacked.lab, NETWORK, 'TIMEOUT', 'DISCOVERY_FAILED');
    expect(steps).toBeLessThanOrEqual(12);
  });
});

describe('Ctrl-C ends it at once, and nothing is left of it', () => {
  test.each([
    ['in discovery', 'GET lyncdiscoverinternal.lab.test/', (asked) => (asked.host.startsWith('lyncdiscover') ? { hang: true } : undefined)],
    ['at AD FS', 'GET sts.lab.test/adfs/ls/', at('sts.lab.test', '/', () => SLOW.body)],
    [
      'while a connection with the card waits',
      'POST certauth.sts.lab.test/adfs/ls/ +card',
      at('certauth.sts.lab.test', '/', () => SLOW.head),
    ],
    ['while an application is made', `POST pool.lab.test${APPLICATIONS_PATH}`, applicationsHang],
  ] satisfies [string, string, Site][])('%s', async (_, line, site) => {
    const hosts = await attacked.hosts(decentBehind(site));
    const env = { ...attacked.lab.env, ...attacked.environment(hosts), LYNCAUTH_TIMEOUT: '60' };
    const terminal = openProgram(['sign-in', ALICE], { env });
    await until(() => hosts.log.includes(line));
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
    expect(terminal.echo()).toBe(true);
    expect(attacked.lab.stored()).toEqual([]);
  });
});

function applicationsHang({ method, path }: { method: string; path: string }): Answer | undefined {
  return method === 'POST' && path === APPLICATIONS_PATH ? { hang: true } : undefined;
}
