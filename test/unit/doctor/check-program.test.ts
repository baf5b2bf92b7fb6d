import { expect, test } from 'vitest';
import { addons, files, node } from '../../../src/doctor/check-program.js';
import { driverWith, facts } from './well.js';

const MISSING = { code: 'ADDON_MISSING', message: 'it is not built', hint: 'npm rebuild it' } as const;
const withAddons = (found: object) => facts({ addons: { facts: found, end: { how: 'ended' }, output: '' } });

test.each([
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['20.18.3', 'fail'],
  ['18.20.0', 'fail'],
])('Node %s is %s', (version, status) => {
  expect(node.run(facts({ node: version }))).toMatchObject([{ status, detail: `${version} on linux x64` }]);
});

test('addons that load are named', () => {
  const detail = 'pkcs11js (cards), lyncauth (TLS with the card, time limits), koffi (PIN pads)';
  expect(addons.run(facts())).toEqual([{ status: 'ok', detail }]);
});

test('without the addon for cards nothing works, without the one for TLS some things do', () => {
  expect(addons.run(withAddons({ cards: MISSING }))).toContainEqual(expect.objectContaining({ status: 'fail', fix: 'npm rebuild it' }));
  expect(addons.run(withAddons({ tls: MISSING }))).toContainEqual(expect.objectContaining({ status: 'warn', fix: 'npm rebuild it' }));
});

test('koffi is missed only at a reader with a PIN pad', () => {
  expect(addons.run(withAddons({ pinPad: MISSING })).map(({ status }) => status)).toEqual(['ok']);
  const withPad = { ...withAddons({ pinPad: MISSING }), drivers: [driverWith({ pinPad: true })] };
  const why = 'the reader Reader 1 takes PINs on its own keys only';
  expect(addons.run(withPad)).toContainEqual({ status: 'fail', detail: 'it is not built', why, fix: 'npm rebuild it' });
});

test('an addon that takes the process along fails, by its name', () => {
  const crashed = { end: { how: 'crashed', signal: 'SIGSEGV', call: 'koffi' }, output: '' } as const;
  const [finding] = addons.run(facts({ addons: crashed }));
  expect(finding).toMatchObject({ status: 'fail', detail: 'the process that loads them ended while koffi was loaded by SIGSEGV' });
});

test('a file that cannot be used fails with its own hint', () => {
  const unreadable = [{ code: 'STATE_UNREADABLE', message: 'a.json is damaged', hint: 'rm a.json' } as const];
  expect(files.run(facts({ unreadable }))).toMatchObject([{ status: 'fail', detail: 'a.json is damaged', fix: 'rm a.json' }]);
  expect(files.run(facts())).toEqual([]);
});
