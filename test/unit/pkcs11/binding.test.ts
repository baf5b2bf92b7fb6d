import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, buildSync } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { openPinPad } from '../../../src/pkcs11/pin-pad.js';

const root = join(import.meta.dirname, '../../..');

/** Bundles one file of the card layer and tells which packages it loads. */
async function packagesOf(file: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, 'src/pkcs11', file)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'out',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return [...new Set(imports)].filter((path) => !path.startsWith('node:'));
}

test.each(['types', 'uri', 'select', 'errors', 'locate', 'keys', 'signer', 'certificates', 'pin', 'session', 'drivers/registry'])(
  '%s.ts loads no native code',
  async (name) => {
    expect(await packagesOf(`${name}.ts`)).toEqual([]);
  },
);

test('module.ts and token-init.ts do', async () => {
  expect(await packagesOf('module.ts')).toEqual(['graphene-pk11']);
  expect(await packagesOf('token-init.ts')).toEqual(['graphene-pk11']);
});

/** Loads one file of the card layer beside packages of its own, runs a call of it, and tells the error that comes of it. */
function errorBeside(packages: (folder: string) => void, file: string, call: string): unknown {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-addon-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'node_modules'));
  packages(join(dir, 'node_modules'));
  buildSync({
    entryPoints: [join(root, 'src/pkcs11', file)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    outfile: join(dir, 'file.cjs'),
  });
  const show = '(e) => console.log(JSON.stringify({ code: e.code, message: e.message, hint: e.hint }))';
  const script = `require('./file.cjs').${call}.catch(${show})`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: dir, encoding: 'utf8' }));
}

/** As npm leaves a package when it may not run install scripts. */
function withoutNativePart(folder: string, name: string, files: string[]): void {
  mkdirSync(join(folder, name), { recursive: true });
  for (const file of files) cpSync(join(root, 'node_modules', name, file), join(folder, name, file), { recursive: true });
}

test.each(['importModule', 'importTokenInit'])('where the addon was not built the error of %s says how to build it', (load) => {
  const packages = (folder: string) => {
    withoutNativePart(folder, 'pkcs11js', ['index.js', 'package.json']);
    // a link would lead it to the addon of this checkout
    for (const name of ['graphene-pk11', 'tslib']) cpSync(join(root, 'node_modules', name), join(folder, name), { recursive: true });
  };
  expect(errorBeside(packages, 'binding.ts', `${load}()`)).toEqual({
    code: 'ADDON_MISSING',
    message: "the PKCS#11 addon of pkcs11js is not built: Cannot find module './build/Release/pkcs11.node'",
    hint: 'npm install -g lyncauth --allow-scripts=lyncauth,pkcs11js (in a checkout: npm rebuild pkcs11js)',
  });
});

test.each([
  ['is not installed', () => {}, 'is not installed'],
  [
    'has no part for this computer',
    (folder: string) => withoutNativePart(folder, 'koffi', ['index.js', 'package.json', 'src', 'lib']),
    'cannot be loaded: Cannot find the native Koffi module; did you bundle it correctly?',
  ],
])('where koffi %s a PIN pad is refused, and the error says how to get it', (_name, packages, words) => {
  expect(errorBeside(packages, 'pin-pad.ts', "openPinPad('/')")).toEqual({
    code: 'ADDON_MISSING',
    message: `koffi, which a reader with a PIN pad needs, ${words}`,
    hint: 'npm install -g koffi@3 (in a checkout: npm install)',
  });
});

test('a PIN pad behind something that is no driver is refused', async () => {
  await expect(openPinPad(import.meta.filename)).rejects.toMatchObject({
    code: 'DRIVER_FAILED',
    message: expect.stringContaining('the PIN pad cannot be used'),
  });
});
