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
  // esbuild has already said what is wrong.
  await build().catch(() => {
    process.exitCode = 1;
  });
}
