import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { candidates } from '../../../src/doctor/modules.js';
import { softhsmModule } from '../../support/softhsm.js';
import { tempDir } from '../../support/temp-dir.js';

/** A home folder whose user has registered a driver at p11-kit. */
function home(): { env: { HOME: string }; library: string } {
  const dir = tempDir('doctor');
  const library = join(dir, 'libmine.so');
  writeFileSync(library, '');
  mkdirSync(join(dir, '.config/pkcs11/modules'), { recursive: true });
  writeFileSync(join(dir, '.config/pkcs11/modules/mine.module'), `module: ${library}\n`);
  return { env: { HOME: dir }, library };
}

test('all drivers that are installed are looked at, the one in use first', () => {
  const { env, library } = home();
  const [first, ...others] = candidates({ env }).drivers;
  expect(first).toMatchObject({ path: library, used: true, profile: { id: 'generic' } });
  expect(others).toContainEqual(expect.objectContaining({ used: false, profile: expect.objectContaining({ id: 'softhsm' }) }));
});

test('a library that several names lead to is looked at once', () => {
  const { env, library } = home();
  symlinkSync(library, join(env.HOME, 'libother.so'));
  writeFileSync(join(env.HOME, '.config/pkcs11/modules/other.module'), `module: ${join(env.HOME, 'libother.so')}\n`);
  expect(candidates({ env }).drivers.filter(({ path }) => path.startsWith(env.HOME))).toHaveLength(1);
});

test('a module or a driver that is named is the only one', () => {
  const { env } = home();
  expect(candidates({ env, module: '/lib/mine.so' }).drivers.map(({ path }) => path)).toEqual(['/lib/mine.so']);
  expect(candidates({ env, driver: 'softhsm' }).drivers).toMatchObject([{ used: true, profile: { id: 'softhsm' } }]);
});

test('the one of the settings is in use, and the others are looked at too', () => {
  const { env, library } = home();
  const { drivers } = candidates({ env, settingsModule: softhsmModule() });
  expect(drivers[0]).toMatchObject({ path: softhsmModule(), used: true });
  expect(drivers).toContainEqual(expect.objectContaining({ path: library, used: false }));
});

test('a driver that is not installed is told, and one that nobody knows is a usage error', () => {
  const none = candidates({ env: {}, driver: 'safenet' });
  expect(none).toMatchObject({ drivers: [], noDriver: { code: 'MODULE_NOT_FOUND' } });
  expect(() => candidates({ env: {}, driver: 'nobodys' })).toThrowError(expect.objectContaining({ code: 'USAGE' }));
});
