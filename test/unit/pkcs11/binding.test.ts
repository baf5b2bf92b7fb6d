import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
  expect(await packagesOf('module.ts')).toEqual(['graphene-pk11']);
  expect(await packagesOf('token-init.ts')).toEqual(['graphene-pk11']);
});

test.each(['importModule', 'importTokenInit'])('where the addon was not built the error of %s says how to build it', async (load) => {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-addon-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  // as npm leaves it when it may not run install scripts
  mkdirSync(join(dir, 'node_modules/pkcs11js'), { recursive: true });
  for (const file of ['index.js', 'package.json'])
    cpSync(join(root, 'node_modules/pkcs11js', file), join(dir, 'node_modules/pkcs11js', file));
  // a link would lead it to the addon of this checkout
  for (const name of ['graphene-pk11', 'tslib'])
    cpSync(join(root, 'node_modules', name), join(dir, 'node_modules', name), { recursive: true });
  await build({
    entryPoints: [join(root, 'src/pkcs11/binding.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    outfile: join(dir, 'binding.cjs'),
  });
  const script = `
    const show = ({ code, message, hint }) => console.log(JSON.stringify({ code, message, hint }));
    require('./binding.cjs').${load}().catch(show);`;
  const error = JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: dir, encoding: 'utf8' }));
  expect(error).toEqual({
    code: 'ADDON_MISSING',
    message: "the PKCS#11 addon of pkcs11js is not built: Cannot find module './build/Release/pkcs11.node'",
    hint: 'npm install -g lyncauth --allow-scripts=lyncauth,pkcs11js (in a checkout: npm rebuild pkcs11js)',
  });
});
