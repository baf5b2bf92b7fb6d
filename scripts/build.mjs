// Bundles src/main.ts into dist/. Every import() stays a chunk of its own, so that --version reads a handful of small files.
// With --if-changed it does nothing while dist/ is newer than everything it is made of.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledPackages, licenceText } from './licences.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
// Written last, so its age is the age of the build.
const stamp = join(dist, 'meta.json');

/** The newest change below `path`, in milliseconds since 1970. */
function lastChange(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => lastChange(join(path, name))));
}

function isCurrent() {
  if (!existsSync(stamp)) return false;
  const sources = ['src', 'scripts/build.mjs', 'scripts/licences.mjs', 'package-lock.json'].map((name) => lastChange(join(root, name)));
  return Math.max(...sources) < statSync(stamp).mtimeMs;
}

/** commander can run subcommands that are programs of their own; ours are not, and loading child_process takes a tenth of a start. */
const withoutChildProcess = {
  name: 'without-child-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: 'unused', namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

async function build() {
  const esbuild = await import('esbuild');
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [withoutChildProcess],
    // The only package with a native addon; it stays in node_modules.
    external: ['pkcs11js'],
    // Bundled CommonJS packages call require() for Node's own modules, and graphene-pk11 calls it for pkcs11js.
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    // Licence texts are collected in one file instead.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  removeLeftovers(metafile);
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licenceText(bundledPackages(root, metafile)));
  writeFileSync(stamp, JSON.stringify(metafile));
}

/** Chunk names carry a hash, so an older build's chunks stay behind. They go only now: a program that runs may still load them during a build. */
function removeLeftovers(metafile) {
  const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  for (const name of readdirSync(dist)) if (name.endsWith('.js') && !made.has(name)) rmSync(join(dist, name));
}

if (!(process.argv.includes('--if-changed') && isCurrent())) {
  mkdirSync(dist, { recursive: true });
  await build().catch((error) => {
    // With a list of errors it is esbuild's, which has told them already.
    if (!Array.isArray(error.errors)) console.error(error);
    process.exitCode = 1;
  });
}
