import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { driverProfiles } from '../../src/pkcs11/drivers/registry.js';
import { type CliResult, program, runCli, runCommand } from '../support/cli.js';

/** A user whose p11-kit knows libykcs11.so and libacme.so of the folder `home`: files that are no libraries, so whoever loads one is found out. */
function user(): { home: string; drivers: (args?: string[], env?: Record<string, string>) => Promise<CliResult> } {
  const home = mkdtempSync(join(tmpdir(), 'lyncauth-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const modules = join(home, '.config/pkcs11/modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['libykcs11', 'libacme']) {
    writeFileSync(join(modules, `${name}.module`), `module: ${home}/${name}.so\n`);
    writeFileSync(join(home, `${name}.so`), 'no library');
  }
  writeFileSync(join(modules, 'gone.module'), `module: ${home}/gone.so\n`);
  return { home, drivers: (args = [], env = {}) => runCli(['config', 'drivers', ...args], { env: { HOME: home, ...env } }) };
}

test('every driver is listed, with the module that is installed and what the driver is like', async () => {
  const { home, drivers } = user();
  const run = await drivers(['--json']);
  const { result } = run.json();
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(result.drivers.map(({ id }: { id: string }) => id)).toEqual(driverProfiles.map(({ id }) => id));
  const [safenet] = result.drivers;
  expect(safenet).toMatchObject({ id: 'safenet', name: 'SafeNet Authentication Client', kind: 'physical', unblock: 'so-initpin' });
  expect(result.drivers).toContainEqual({
    id: 'ykcs11',
    name: 'YubiKey (ykcs11)',
    installed: true,
    path: join(home, 'libykcs11.so'),
    source: 'p11-kit',
    kind: 'physical',
    createAs: 'so',
    fixedIds: true,
    fixedLabels: true,
    pinFlags: 'exact',
    unblock: 'setpin-prefixed',
    storesData: false,
  });
  const softhsm = result.drivers.find(({ id }: { id: string }) => id === 'softhsm');
  expect(softhsm).toMatchObject({ installed: true, path: expect.stringMatching(/libsofthsm2\.so$/), createAs: 'user' });
});

test("p11-kit's modules that are there are listed, also one of an unknown driver, which is used then", async () => {
  const { home, drivers } = user();
  const { modules, used } = (await drivers(['--json'])).json().result;
  const acme = { path: join(home, 'libacme.so'), source: 'p11-kit', driver: 'generic', installed: true };
  expect(modules).toEqual(expect.arrayContaining([acme, { ...acme, path: join(home, 'libykcs11.so'), driver: 'ykcs11' }]));
  expect(JSON.stringify(modules)).not.toContain('gone.so');
  expect(used).toEqual(acme);
});

test('what environment and settings name is listed, there or not, and the environment is used', async () => {
  const { home, drivers } = user();
  const env = { HOME: home };
  await runCli(['config', 'set', 'module', join(home, 'libykcs11.so')], { env });
  const missing = join(home, 'missing.so');
  const { modules, used } = (await drivers(['--json'], { LYNCAUTH_MODULE: missing, LYNCAUTH_DRIVER: 'softhsm' })).json().result;
  const named = { path: missing, source: 'LYNCAUTH_MODULE', driver: 'generic', installed: false };
  expect(modules.slice(-2)).toEqual([named, { path: join(home, 'libykcs11.so'), source: 'settings', driver: 'ykcs11', installed: true }]);
  expect(used).toEqual(named);
  const text = (await drivers([], { LYNCAUTH_MODULE: missing })).stdout;
  expect(text).toContain(`LYNCAUTH_MODULE  generic`);
  expect(text).toMatch(/\n\nused: \S+missing\.so \(LYNCAUTH_MODULE\), which is not there\n$/);
  expect((await drivers(['--json'])).json().result.used).toMatchObject({ source: 'settings', driver: 'ykcs11' });
});

test('a driver that the environment names decides, and one nobody knows is said', async () => {
  const { drivers } = user();
  expect((await drivers(['--json'], { LYNCAUTH_DRIVER: 'SoftHSM' })).json().result.used).toMatchObject({ driver: 'softhsm' });
  const unknown = await drivers([], { LYNCAUTH_DRIVER: 'foo' });
  expect(unknown.stdout).toContain('\nused: none; no driver is known for "foo"; known are safenet, ');
  expect(unknown.code).toBe(0);
});

test('the table tells who makes keys and what unblocks the PIN', async () => {
  const { home, drivers } = user();
  const { stdout } = await drivers();
  expect(stdout).toMatch(/^DRIVER +NAME +KEYS MADE BY +UNBLOCKED BY +MODULE\n/);
  expect(stdout).toMatch(new RegExp(`^ykcs11 +YubiKey \\(ykcs11\\) +security officer +PUK +${home}/libykcs11\\.so$`, 'm'));
  expect(stdout).toMatch(/^p11-kit +p11-kit client +as the card has it +\S/m);
});

test('nothing native is loaded for it', async () => {
  const { home } = user();
  const RECORD_LOADS = join(home, 'loads');
  const recorder = join(import.meta.dirname, '../fixtures/record-loads.cjs');
  await runCommand([process.execPath, '--require', recorder, program, 'config', 'drivers'], { env: { HOME: home, RECORD_LOADS } });
  const loaded = readFileSync(RECORD_LOADS, 'utf8');
  expect(loaded).toContain('/dist/');
  expect(loaded).not.toMatch(/pkcs11js|\.node$/m);
});
