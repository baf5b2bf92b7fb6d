import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Gathering, gather } from '../../../src/doctor/gather.js';
import { countFailure } from '../../../src/store/failures.js';
import { statePaths } from '../../../src/store/paths.js';
import { tempDir } from '../../support/temp-dir.js';
import { card, NOW } from './well.js';

/** Gathers with `script` in the place of a probe: its environment and arguments are those that a probe has. */
async function gatherBy(script: string, changes: Partial<Gathering> = {}) {
  return await gather({
    ...{ now: NOW, modules: { env: process.env, module: '/lib/some.so' }, cards: {}, paths: statePaths({ HOME: tempDir('doctor') }) },
    ...{ program: [process.execPath, '-e', script], seconds: 60, enrollments: [], unreadable: [] },
    ...changes,
  });
}

/** Tells `facts`, an expression, as a driver with these readers. */
const seen = (facts: string) => `process.send({ facts: { profile: { id: 'x', name: 'X', kind: 'software' }, readers: [], ...${facts} } })`;

test('a driver gets no variable of ours, a PIN least of all, and what it needs on its command line', async () => {
  const env = { PATH: process.env.PATH, CARD_CONF: 'kept', LYNCAUTH_PIN: '24680135', LYNCAUTH_LOG_FILE: '/nonexistent/log' };
  const script = seen('{ env: process.env, words: process.argv.slice(1) }');
  const cards = { card: 'Kim', reader: undefined };
  const facts = await gatherBy(script, { modules: { env, module: '/lib/some.so' }, cards, seconds: 30 });
  expect(facts.drivers[0]?.facts).toMatchObject({
    env: expect.not.objectContaining({ LYNCAUTH_PIN: expect.anything() }),
    words: ['doctor', '--no-input', '--timeout=30', '--probe=/lib/some.so', '--card=Kim'],
  });
  expect(JSON.stringify(facts.drivers)).not.toMatch(/LYNCAUTH_|24680135/);
  expect(facts.drivers[0]?.facts).toMatchObject({ env: { CARD_CONF: 'kept' } });
});

test('a driver that says what it is is known by that', async () => {
  expect((await gatherBy(seen('{}'))).drivers).toMatchObject([{ path: '/lib/some.so', used: true, profile: { id: 'x', name: 'X' } }]);
});

test('drivers of readers are looked at one after the other', async () => {
  const dir = tempDir('doctor');
  const modules = join(dir, '.config/pkcs11/modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['one', 'two', 'three']) {
    writeFileSync(join(dir, `${name}.so`), '');
    writeFileSync(join(modules, `${name}.module`), `module: ${join(dir, `${name}.so`)}\n`);
  }
  const script = `
    const [what] = process.argv.filter((word) => word.startsWith('--probe=${dir}'));
    const tell = (text) => what && require('node:fs').appendFileSync(${JSON.stringify(join(dir, 'order'))}, text + '\\n');
    tell('begin');
    ${seen('{}')};
    process.on('exit', () => tell('end'));`;
  const { drivers } = await gatherBy(script, { modules: { env: { ...process.env, HOME: dir, XDG_CONFIG_HOME: undefined } } });
  expect(drivers.filter(({ path }) => path.startsWith(dir))).toHaveLength(3);
  const order = readFileSync(join(dir, 'order'), 'utf8').trim().split('\n');
  expect(order).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
});

test('wrong PINs are counted for the cards that are there, and a count that is damaged is told', async () => {
  const paths = statePaths({ HOME: tempDir('doctor') });
  countFailure(paths, '0a1b');
  const script = seen(JSON.stringify({ readers: [{ name: 'Reader 1', present: true, card: card() }] }));
  expect(await gatherBy(script, { paths })).toMatchObject({ wrongPins: { '0a1b': 1 }, unreadable: [] });
});
