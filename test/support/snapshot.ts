/** Folders as they were at a moment: what takes long to make is made once, and brought back for each test. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Snapshot {
  /** Makes the folders what they were, modes included; those that were not there go. */
  restore(): void;
  remove(): void;
}

export function takeSnapshot(folders: readonly string[]): Snapshot {
  const store = mkdtempSync(join(tmpdir(), 'lyncauth-snapshot-'));
  const copy = (from: string, to: string) => {
    if (existsSync(from)) execFileSync('cp', ['-Rp', from, to]);
  };
  for (const [index, folder] of folders.entries()) copy(folder, join(store, `${index}`));
  return {
    restore() {
      for (const [index, folder] of folders.entries()) {
        rmSync(folder, { recursive: true, force: true });
        copy(join(store, `${index}`), folder);
      }
    },
    remove: () => rmSync(store, { recursive: true, force: true }),
  };
}
