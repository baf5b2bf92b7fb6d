/** Makes a script out of a TypeScript fixture, for tests that need real processes around one part of src/. */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Bundles test/fixtures/`fixture` and returns the script's path, inside the project so that packages are found. */
export async function buildScript(fixture: string): Promise<string> {
  const entry = join(root, 'test/fixtures', fixture);
  const bundled = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    target: 'node20',
  });
  const code = bundled.outputFiles[0]?.contents ?? '';
  const cache = join(root, 'node_modules/.cache/lyncauth-tests');
  mkdirSync(cache, { recursive: true });
  const script = join(cache, `${basename(fixture, '.ts')}-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`);
  // Two test files may build the same script at once: it must never be seen half written.
  writeFileSync(`${script}.${process.pid}`, code);
  renameSync(`${script}.${process.pid}`, script);
  return script;
}
