/** The built program as it is where something could not be installed. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempDir } from './temp-dir.js';

const root = join(import.meta.dirname, '../..');

/**
 * Copies what is built, for one test.
 * @param linked - what is there besides, as paths in the checkout: without `native` and pkcs11js nothing talks to a card
 * @returns the path of the program
 */
export function copyProgram(...linked: string[]): string {
  const dir = tempDir('copy');
  for (const name of ['bin', 'dist', 'package.json']) cpSync(join(root, name), join(dir, name), { recursive: true });
  for (const name of linked) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    symlinkSync(join(root, name), join(dir, name));
  }
  return join(dir, 'bin/lyncauth.js');
}
