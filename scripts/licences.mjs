// Collects the licence texts of the packages that esbuild has put into dist/, for dist/THIRD-PARTY-LICENSES.txt.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the bundled packages, from esbuild's list of inputs; the innermost node_modules counts. */
export function bundledPackages(root, metafile) {
  const folders = new Set();
  for (const path of Object.keys(metafile.inputs)) {
    const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders].sort().map((folder) => join(root, folder));
}

/** One section a package: name, version, licence and the licence text as shipped. Throws for a package that names no licence. */
export function licenceText(folders) {
  const sections = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof license !== 'string') throw new Error(`${name} ${version} names no licence`);
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `lyncauth contains the following packages, each under its own licence.${rule}${sections.join(rule)}\n`;
}
