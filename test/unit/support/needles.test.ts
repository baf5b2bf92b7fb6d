/** The search for secrets that other tests rely on: it must find them in every form. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { filesBelow, findSecrets, findTraces } from '../../support/needles.js';
import { tempDir } from '../../support/temp-dir.js';

const ADDRESS = 'alice@lab.test';
const PIN = 'pin 4711äß';
let home: string;

beforeEach(() => {
  home = tempDir('home');
  mkdirSync(join(home, '.local/state'), { recursive: true });
});

function put(name: string, content: string | Buffer): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

test('a home without traces is clean', () => {
  put('.local/state/settings.json', '{"ca":"https://ca.lab.test"}');
  symlinkSync('state', join(home, '.local/link'));
  expect(findTraces(home, [ADDRESS, PIN])).toEqual([]);
});

test.each([
  ['in clear', PIN],
  ['in UTF-16', Buffer.from(PIN, 'utf16le')],
  ['in hex', Buffer.from(PIN).toString('hex')],
  ['in HEX', Buffer.from(PIN).toString('hex').toUpperCase()],
  ['as a part of an address', `https://a.test/?p=${encodeURIComponent(PIN)}`],
  ['in a form', encodeURIComponent(PIN).replaceAll('%20', '+')],
  ['in JSON', JSON.stringify({ pin: `"${PIN}` })],
  ['in base64', Buffer.from(PIN).toString('base64')],
  ['in base64 after a user name', Buffer.from(`alice:${PIN}`).toString('base64')],
  ['in base64url within a longer text', Buffer.from(`ab${PIN}\u00ff\u00fe`).toString('base64url')],
  ['between bytes', Buffer.concat([Buffer.of(0, 255), Buffer.from(PIN), Buffer.of(0)])],
])('a secret %s is found in a file', (_, content) => {
  const path = put('.local/state/hidden', content);
  expect(findTraces(home, [PIN]).join()).toContain(path);
  expect(findSecrets([PIN], filesBelow(home))).not.toEqual([]);
});

test('a secret that looks the same in several forms is told once', () => {
  expect(findSecrets(['plain'], { log: 'plain', header: Buffer.from('plain').toString('base64') })).toEqual([
    'plain in log (clear)',
    'plain in header (base64 after 0 bytes)',
  ]);
});

test('an address in other letters is found', () => {
  const path = put('log', 'signed in as Alice@LAB.test');
  expect(findTraces(home, [ADDRESS])).toContain(`${ADDRESS} in ${path} (clear)`);
});

test('it is found in the name of a file, of a folder, and in what a link points to', () => {
  mkdirSync(join(home, ADDRESS));
  put(`${ADDRESS}.json`, '');
  symlinkSync(`/nowhere/${ADDRESS}`, join(home, 'link'));
  const found = findTraces(home, [ADDRESS]).join('\n');
  for (const place of ['the name of', `${ADDRESS}.json`, 'the target of']) expect(found).toContain(place);
});

test('a folder that holds it rightly is left out, and its neighbour is not', () => {
  for (const name of ['card', 'card-2']) {
    mkdirSync(join(home, name));
    put(`${name}/token`, ADDRESS);
  }
  const found = findTraces(home, [ADDRESS], { except: [join(home, 'card')] });
  expect(found).toContain(`${ADDRESS} in ${join(home, 'card-2/token')} (clear)`);
  expect(found.filter((line) => line.includes('/card/'))).toEqual([]);
});
