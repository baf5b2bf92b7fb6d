import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

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
  expect(await packagesOf('module.ts')).toEqual(['pkcs11js', 'graphene-pk11']);
  expect(await packagesOf('token-init.ts')).toEqual(['pkcs11js', 'graphene-pk11']);
});

test('where the addon was not built the error says how to build it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-addon-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  // as npm leaves it when it may not run install scripts
  mkdirSync(join(dir, 'node_modules/pkcs11js'), { recursive: true });
  for (const file of ['index.js', 'package.json'])
    cpSync(join(root, 'node_modules/pkcs11js', file), join(dir, 'node_modules/pkcs11js', file));
  for (const name of ['graphene-pk11', 'tslib']) symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name));
  const entry = join(root, 'src/pkcs11/module.ts');
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: join(dir, 'module.mjs'),
  });
  const script = "import('./module.mjs').catch((e) => console.log(JSON.stringify({ code: e.code, message: e.message, hint: e.hint })))";
  writeFileSync(join(dir, 'run.mjs'), script);
  const error = JSON.parse(execFileSync(process.execPath, ['run.mjs'], { cwd: dir, encoding: 'utf8' }));
  expect(error).toEqual({
    code: 'ADDON_MISSING',
    message: "the PKCS#11 addon of pkcs11js is not built: Cannot find module './build/Release/pkcs11.node'",
    hint: 'npm install -g lyncauth --allow-scripts=lyncauth,pkcs11js (in a checkout: npm rebuild pkcs11js)',
  });
});
