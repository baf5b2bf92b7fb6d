/** A directory of a test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new one, named after `what` it is for. Only inside a test or its beforeEach: at the end of the test it is removed with all that is in it. */
export function tempDir(what: string): string {
  const dir = mkdtempSync(join(tmpdir(), `lyncauth-${what}-`));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
