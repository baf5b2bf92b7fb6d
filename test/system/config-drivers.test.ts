/** `lyncauth config drivers` on a computer that has SoftHSM only, and on one without any driver: their files are covered in a mount namespace. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { driverProfiles } from '../../src/pkcs11/drivers/registry.js';
import { isInstalled } from '../../src/pkcs11/locate.js';
import { p11KitModules } from '../../src/pkcs11/p11-kit.js';
import { type CliResult, program, runCommand } from '../support/cli.js';

const namespace =
  [['--mount'], ['--map-root-user', '--mount']].find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0) ?? [];

/** Covers the files of its first argument, then runs the others as a command. */
const COVER = `
files=$1
shift
for file in $files; do mount --bind /dev/null "$file"; done
exec "$@"`;

/** Runs `lyncauth config drivers` where none of the installed modules is there but those that `keep` names. */
function drivers(keep: RegExp, ...args: string[]): Promise<CliResult> {
  const known = [...driverProfiles.flatMap(({ paths }) => paths.linux ?? []), ...p11KitModules({})];
  const covered = [...new Set(known)].filter((path) => isInstalled(path) && !keep.test(path));
  const command = [process.execPath, program, 'config', 'drivers', ...args];
  return runCommand(['unshare', ...namespace, 'sh', '-ec', COVER, 'sh', covered.join('\n'), ...command]);
}

test('with SoftHSM alone it is the one installed and the one used', async () => {
  const run = await drivers(/softhsm/, '--json');
  const { result } = run.json();
  expect(result.drivers.filter(({ installed }: { installed: boolean }) => installed)).toMatchObject([{ id: 'softhsm', kind: 'software' }]);
  expect(result.used).toMatchObject({ driver: 'softhsm', path: result.drivers.find(({ id }: { id: string }) => id === 'softhsm').path });
  expect(run.code).toBe(0);
});

test('without any driver all are listed as not installed, and what to do is said', async () => {
  const [text, json] = await Promise.all([drivers(/$^/), drivers(/$^/, '--json')]);
  expect(json.json().result).toMatchObject({ modules: [], used: null, why: expect.stringContaining('no PKCS#11 module was found') });
  const installed = json.json().result.drivers.map((driver: { installed: boolean }) => driver.installed);
  expect(installed).toEqual(driverProfiles.map(() => false));
  expect(text.stdout.match(/not installed$/gm)).toHaveLength(driverProfiles.length);
  expect(text.stdout).toMatch(/\n\nused: none; no driver is installed\ninstall the card's driver, or name its library with --module\n$/);
  expect([text.code, json.code]).toEqual([0, 0]);
});
