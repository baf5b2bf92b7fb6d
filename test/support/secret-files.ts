/** Files with secrets for tests, private unless told otherwise. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `text` as one line to `dir`/`name` and returns the path. */
export function secretFile(dir: string, name: string, text: string, mode = 0o600): string {
  const path = join(dir, name);
  writeFileSync(path, `${text}\n`);
  chmodSync(path, mode);
  return path;
}
