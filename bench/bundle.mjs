// The measuring parts of the benchmarks that are TypeScript: bundled into a program that Node starts.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * @param {string} name - of a file of this folder: `enroll-many`
 * @returns {string} path of the program
 */
export function bundle(name) {
  // Inside the checkout, where pkcs11js is found; one level deep, as dist/ is, so that the addon of native/ is found, too.
  const program = join(here, `../.cache/bench-${name}.mjs`);
  buildSync({
    entryPoints: [join(here, `${name}.ts`)],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['pkcs11js', 'koffi', 'kerberos'],
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
  });
  return program;
}
