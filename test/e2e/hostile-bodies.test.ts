/** Answers that are meant to fill the memory, or to keep the processor busy: whatever asks for them is refused within the limits. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Attacked, expectRefused, startAttacked } from '../support/hostile-pool.js';
import type { Answer, Site } from '../support/named-hosts.js';
import { APPLICATIONS_PATH, at, decentBehind, USER_PATH } from './hostile-sites.js';

const NETWORK = 9;
const CODES = ['DISCOVERY_FAILED', 'SERVER_ERROR', 'RESPONSE_TOO_LARGE', 'NETWORK'];
const MIB = 1024 * 1024;
let attacked: Attacked;

beforeAll(async () => {
  attacked = await startAttacked();
});
afterAll(() => attacked.stop());

/** Where an answer is read, and the way of signing in that comes by. */
interface Place {
  method?: string;
  site: (answer: Answer) => Site;
}

const PLACES = {
  discovery: { site: (answer) => (asked) => (asked.host.startsWith('lyncdiscover') ? answer : undefined) },
  'the user resource': { site: (answer) => at('pool.lab.test', USER_PATH, () => answer) },
  'the token service': { site: (answer) => at('pool.lab.test', '/WebTicket/', () => answer) },
  'the passive page': { site: (answer) => at('pool.lab.test', '/PassiveAuth', () => answer) },
  'AD FS': { method: 'passive', site: (answer) => at('sts.lab.test', '/adfs/ls/', () => answer) },
  'the certificate host': { method: 'passive', site: (answer) => at('certauth.sts.lab.test', '/', () => answer) },
  'the metadata of AD FS': { method: 'certificate', site: (answer) => at('sts.lab.test', '/adfs/services/trust/mex', () => answer) },
  applications: { site: (answer) => at('pool.lab.test', APPLICATIONS_PATH, (asked) => (asked.method === 'POST' ? answer : undefined)) },
} satisfies Record<string, Place>;
type PlaceName = keyof typeof PLACES;
const EVERYWHERE = Object.keys(PLACES) as PlaceName[];

async function expectRefusedAt(place: PlaceName, answer: Answer): Promise<void> {
  const { method, site }: Place = PLACES[place];
  const attempt = await attacked.attempt(decentBehind(site(answer)), method === undefined ? [] : ['--method', method]);
  expectRefused(attempt, attacked.lab, NETWORK, ...CODES);
  expect(attempt.log.length).toBeGreaterThan(0);
}

function xml(body: string): Answer {
  return { headers: { 'Content-Type': 'application/xml' }, body };
}

const LAUGHS = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
const XML_BOMBS: Record<string, string> = {
  'a document type': '<!DOCTYPE r SYSTEM "https://sts.evil.test/x.dtd"><AutodiscoverResponse/>',
  'a billion laughs': `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">${LAUGHS}]><AutodiscoverResponse>&l9;</AutodiscoverResponse>`,
  'an entity of a file': '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><AutodiscoverResponse>&x;</AutodiscoverResponse>',
  'as many numeric references as fit': `<AutodiscoverResponse>${'&#65;'.repeat(200_000)}</AutodiscoverResponse>`,
  '100,000 levels': `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`,
  '100,000 elements': `<AutodiscoverResponse>${'<a/>'.repeat(100_000)}</AutodiscoverResponse>`,
};

describe.each(['discovery', 'the metadata of AD FS', 'the token service'] as const)('XML from %s', (place) => {
  test.each(Object.entries(XML_BOMBS))('with %s is refused', async (_, body) => {
    await expectRefusedAt(place, { ...xml(body), status: place === 'the token service' ? 500 : 200 });
  });
});

test('a million numeric references are more than is read of any answer', async () => {
  await expectRefusedAt('discovery', xml(`<AutodiscoverResponse>${'&#65;'.repeat(MIB)}</AutodiscoverResponse>`));
});

describe.each(['discovery', 'the token service', 'applications'] as const)('JSON from %s', (place) => {
  test.each([
    ['lists', '['.repeat(400_000) + ']'.repeat(400_000)],
    ['objects', `${'{"_links":'.repeat(90_000)}1${'}'.repeat(90_000)}`],
  ])('%s in each other, a hundred thousand deep, are refused', async (_, body) => {
    await expectRefusedAt(place, { headers: { 'Content-Type': 'application/json' }, body });
  });
});

describe.each(['AD FS', 'the certificate host', 'the passive page'] as const)('HTML from %s', (place) => {
  test.each([
    ['100,000 levels', '<b>'.repeat(100_000)],
    ['100,000 forms', '<form>'.repeat(80_000)],
    ['a tag with 80,000 attributes', `<form ${Array.from({ length: 80_000 }, (_, i) => i.toString(36)).join(' ')}>`],
    ['100,000 numeric references', '&#65;'.repeat(100_000)],
    ['more than a megabyte', '<p>'.repeat(MIB)],
  ])('%s are refused', async (_, body) => {
    await expectRefusedAt(place, { body });
  });
});

describe('a small answer that unpacks to 200 MB', () => {
  const gzip = Buffer.concat(Array<Buffer>(200).fill(gzipSync(Buffer.alloc(MIB, 'A'))));
  const packed = { gzip, br: brotliCompressSync(Buffer.alloc(200 * MIB)) };
  const unpacking = (encoding: keyof typeof packed): Answer => ({
    write: (response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(packed[encoding]),
  });

  test.each(EVERYWHERE)('is not unpacked further than what is read: %s', async (place) => {
    await expectRefusedAt(place, unpacking('gzip'));
  });

  test('neither when it is packed in another way', async () => {
    await expectRefusedAt('AD FS', unpacking('br'));
  });
});

test.each(EVERYWHERE)('the head of an answer has a limit: %s', async (place) => {
  const headers = { 'X-Ms-diagnostics': `28020;source="pool";reason="${'r'.repeat(2 * MIB)}"` };
  await expectRefusedAt(place, { write: (response) => response.writeHead(401, headers).end() });
});

test.each(EVERYWHERE)('an answer without an end is not read to the end of memory: %s', async (place) => {
  const piece = Buffer.alloc(64 * 1024, '<a b="c">');
  await expectRefusedAt(place, {
    write: (response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', pour);
      };
      pour();
    },
  });
});

test('thousands of cookies over many steps cost neither time nor memory', async () => {
  let step = 0;
  const flood: Site = ({ host }) => {
    if (host !== 'sts.lab.test') return undefined;
    step += 1;
    const cookies = Array.from({ length: 250 }, (_, i) => `c${step}x${i}=${'v'.repeat(20)}${i}; Path=/`);
    return { status: 302, headers: { Location: `/adfs/ls/?n=${step}`, 'Set-Cookie': cookies } };
  };
  const attempt = await attacked.attempt(decentBehind(flood), ['--method', 'passive', '-v']);
  expectRefused(attempt, attacked.lab, NETWORK, 'REDIRECT_REFUSED');
  expect(step).toBe(20);
  expect(Math.max(...attempt.asked.map(({ cookies }) => Object.keys(cookies).length))).toBe(50);
});
