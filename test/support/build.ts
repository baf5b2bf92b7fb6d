/** Global set-up of the e2e and system tests: they run the built program, so dist/ must be as new as src/. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function setup(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/build.mjs'), '--if-changed'], { stdio: 'inherit' });
}
