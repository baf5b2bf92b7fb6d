/** Makes a script out of a TypeScript fixture, for tests that need real processes around one part of src/. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Bundles test/fixtures/`fixture` and returns the script's path, inside the project so that packages are found. */
export async function buildScript(fixture: string): Promise<string> {
  const cache = join(root, 'node_modules/.cache/lyncauth-tests');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'script-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, basename(fixture).replace(/\.ts$/, '.mjs'));
  const entry = join(root, 'test/fixtures', fixture);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', target: 'node20' });
  return outfile;
}
