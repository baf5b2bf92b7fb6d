// Bundles src/main.ts into dist/, as CommonJS. Every import() stays a chunk of its own, so that --version reads a handful of small files.
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

/** What packages load for purposes that are not ours: importer, what it asks for, and what it gets. */
const STAND_INS = [
  // Subcommands that are programs of their own; loading child_process takes a tenth of a start.
  { importer: 'commander', name: 'node:child_process', contents: 'module.exports = {};' },
  // DEBUG in the environment would have them print what they send.
  { importer: 'agent-base', name: 'debug', contents: 'module.exports = () => () => {};' },
  { importer: 'https-proxy-agent', name: 'debug', contents: 'module.exports = () => () => {};' },
];

const standIns = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    for (const { importer: by, name, contents } of STAND_INS) {
      onResolve({ filter: new RegExp(`^${name}$`) }, ({ importer }) =>
        importer.includes(`/node_modules/${by}/`) ? { path: name, namespace: 'stand-in', pluginData: contents } : undefined,
      );
    }
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ pluginData }) => ({ contents: pluginData }));
  },
};

/**
 * pkcs11js has a native addon, so it stays in node_modules. Its constants are inherited: as its own they would be copied, all 650, for
 * every file of graphene-pk11 that imports them.
 */
const addonByRequire = {
  name: 'addon-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^pkcs11js$/ }, ({ namespace, path }) =>
      namespace === 'addon' ? { path, external: true } : { path, namespace: 'addon' },
    );
    onLoad({ filter: /.*/, namespace: 'addon' }, () => ({ contents: "module.exports = Object.create(require('pkcs11js'));" }));
  },
};

/** esbuild splits ES modules only; Node loads CommonJS in a fraction of the time, so the chunks become that once they are split. */
async function toCommonJs(chunk) {
  const { transform } = await import('esbuild');
  const { code } = await transform(chunk, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // As import() it would be read by the loader of ES modules; this way it becomes a require() of its own time.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    legalComments: 'none',
    logLevel: 'warning',
  });
  return code;
}

async function build() {
  const { build: bundle } = await import('esbuild');
  const { metafile, outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    write: false,
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [standIns, addonByRequire],
    // Native as well, and loaded only for a reader with a PIN pad and for a logon with a Kerberos ticket: they may be missing.
    external: ['koffi', 'kerberos'],
    // Of a package that comes in both forms the modules: what nobody uses stays out, and the rest starts in half the time.
    mainFields: ['module', 'main'],
    // Licence texts are collected in one file instead.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await Promise.all(outputFiles.map(async ({ path, text }) => writeFileSync(path, await toCommonJs(text))));
  removeLeftovers(metafile);
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licenceText(bundledPackages(root, metafile)));
  writeFileSync(stamp, JSON.stringify(metafile));
}

/** Chunk names carry a hash, so an older build's chunks stay behind. They go only now: a program that runs may still load them during a build. */
function removeLeftovers(metafile) {
  const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  for (const name of readdirSync(dist)) if (/\.c?js$/.test(name) && !made.has(name)) rmSync(join(dist, name));
}

if (!(process.argv.includes('--if-changed') && isCurrent())) {
  mkdirSync(dist, { recursive: true });
  await build().catch((error) => {
    // With a list of errors it is esbuild's, which has told them already.
    if (!Array.isArray(error.errors)) console.error(error);
    process.exitCode = 1;
  });
}
