import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { driverProfiles } from '../../../src/pkcs11/drivers/registry.js';
import { findModule, locateModule, namedModules } from '../../../src/pkcs11/locate.js';
import { p11KitModules } from '../../../src/pkcs11/p11-kit.js';

/** A home directory with p11-kit module files, and libraries next to it. */
function home(files: Record<string, string>): { HOME: string; library: (name: string) => string } {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-home-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const modules = join(dir, '.config/pkcs11/modules');
  mkdirSync(modules, { recursive: true });
  const library = (name: string) => join(dir, name);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(modules, name), text.replaceAll('DIR', dir));
    writeFileSync(library(name.replace('.module', '.so')), '');
  }
  return { HOME: dir, library };
}

test('--module goes before everything else, and a relative path starts here', () => {
  const choice = { module: 'lib/m.so', driver: 'opensc', env: { LYNCAUTH_MODULE: '/env.so' }, settingsModule: '/settings.so' };
  expect(locateModule(choice)).toBe(resolve('lib/m.so'));
});

test('LYNCAUTH_MODULE goes before the settings', () => {
  const choice = { env: { LYNCAUTH_MODULE: '/env.so' }, settingsModule: '/settings.so', settingsDriver: 'opensc' };
  expect(locateModule(choice)).toBe('/env.so');
});

test('an empty variable counts as none', () => {
  expect(locateModule({ env: { LYNCAUTH_MODULE: '' }, settingsModule: '/settings.so' })).toBe('/settings.so');
});

test('a driver asked for by flag goes before LYNCAUTH_MODULE and the module of the settings', () => {
  const { HOME, library } = home({ 'libykcs11.module': 'module: DIR/libykcs11.so\n' });
  expect(locateModule({ driver: 'yubico', env: { HOME, LYNCAUTH_MODULE: '/env.so' }, settingsModule: '/settings.so' })).toBe(
    library('libykcs11.so'),
  );
});

test("a driver of the settings narrows p11-kit's modules down", () => {
  const { HOME, library } = home({
    'libykcs11.module': 'module: DIR/libykcs11.so\n',
    'libother.module': 'module: DIR/libother.so\npriority: 9\n',
  });
  expect(locateModule({ env: { HOME }, settingsDriver: 'ykcs11' })).toBe(library('libykcs11.so'));
});

test('the known path of a driver is found', () => {
  expect(locateModule({ driver: 'SoftHSM', env: {} })).toMatch(/libsofthsm2\.so$/);
});

test('a module somebody configured for a driver without a profile goes first', () => {
  const { HOME, library } = home({ 'libother.module': 'module: DIR/libother.so\n' });
  expect(locateModule({ env: { HOME } })).toBe(library('libother.so'));
});

test('a driver that comes with other programs is found when it is asked for, and never taken otherwise', () => {
  const { HOME, library } = home({ 'libsoftokn3.module': 'module: DIR/libsoftokn3.so\n' });
  expect(locateModule({ driver: 'nss', env: { HOME } })).toBe(library('libsoftokn3.so'));
  expect(() => locateModule({ driver: 'activclient', env: { HOME } })).toThrow();
  const unasked = driverProfiles.filter(({ onlyWhenNamed }) => onlyWhenNamed === true);
  expect(unasked.map(({ id }) => id)).toEqual(['nss', 'p11-kit']);
  const places = unasked.flatMap(({ paths }) => paths[process.platform] ?? []);
  expect(places).not.toContain(locateModule({ env: {} }));
});

test('what led to a module is told', () => {
  const { HOME, library } = home({ 'libother.module': 'module: DIR/libother.so\n' });
  expect(findModule({ module: '/m.so', env: {} })).toEqual({ path: '/m.so', source: '--module' });
  expect(findModule({ env: { LYNCAUTH_MODULE: '/env.so' } })).toEqual({ path: '/env.so', source: 'LYNCAUTH_MODULE' });
  expect(findModule({ env: {}, settingsModule: '/set.so' })).toEqual({ path: '/set.so', source: 'settings' });
  expect(findModule({ env: { HOME } })).toEqual({ path: library('libother.so'), source: 'p11-kit' });
  expect(namedModules({ env: { LYNCAUTH_MODULE: 'x.so' }, settingsModule: '/set.so' })).toEqual([
    { path: resolve('x.so'), source: 'LYNCAUTH_MODULE' },
    { path: '/set.so', source: 'settings' },
  ]);
});

test('a folder in the place of a module is none', () => {
  const { HOME } = home({ 'folder.module': 'module: DIR/.config\n' });
  expect(locateModule({ env: { HOME } })).not.toBe(join(HOME, '.config'));
});

test('when nothing is found the error lists what was looked at', () => {
  // no package of a distribution brings this one
  expect(() => locateModule({ driver: 'activclient', env: { HOME: '/nonexistent' } })).toThrowError(
    expect.objectContaining({
      code: 'MODULE_NOT_FOUND',
      message: expect.stringContaining('acpkcs'),
      details: {
        lookedAt: expect.arrayContaining([...(driverProfiles.find(({ id }) => id === 'activclient')?.paths[process.platform] ?? [])]),
      },
    }),
  );
});

test('a driver nobody knows is a usage error that lists the known ones', () => {
  expect(() => locateModule({ driver: 'foo', env: {} })).toThrowError(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('softhsm') }),
  );
});

test("p11-kit's modules come in order of priority", () => {
  const { HOME, library } = home({
    'a.module': '# a comment: with a colon\nmodule: DIR/a.so\n',
    'b.module': 'module: DIR/b.so\npriority: 5\n',
  });
  expect(p11KitModules({ HOME }).slice(0, 2)).toEqual([library('b.so'), library('a.so')]);
});

test('remote, trust and disabled modules are left out', () => {
  const { HOME, library } = home({
    'remote.module': 'remote: |ssh host\nmodule: DIR/remote.so\n',
    'trust.module': 'module: DIR/trust.so\ntrust-policy: yes\n',
    'disabled.module': 'module: DIR/disabled.so\ndisable-in: firefox, lyncauth\n',
    'others.module': 'module: DIR/others.so\nenable-in: firefox\n',
    'enabled.module': 'module: DIR/enabled.so\nenable-in: firefox lyncauth\n',
  });
  expect(p11KitModules({ HOME }).filter((path) => path.startsWith(HOME))).toEqual([library('enabled.so')]);
});

test('a name without a directory stands for every place it could be', () => {
  const { HOME } = home({ 'x.module': 'module: libx.so\npriority: 99\n' });
  const [first = ''] = p11KitModules({ HOME });
  expect(first).toMatch(/pkcs11\/libx\.so$/);
});

test("a user's module file replaces the system's of the same name", () => {
  const { HOME } = home({ 'softhsm2.module': 'module: DIR/softhsm2.so\n' });
  expect(p11KitModules({ HOME }).filter((path) => path.includes('softhsm'))).toEqual([join(HOME, 'softhsm2.so')]);
});

test('XDG_CONFIG_HOME goes before HOME', () => {
  const { HOME, library } = home({ 'a.module': 'module: DIR/a.so\npriority: 99\n' });
  expect(p11KitModules({ HOME: '/nonexistent', XDG_CONFIG_HOME: join(HOME, '.config') })[0]).toBe(library('a.so'));
});
