/** Files as another version, another user or a broken disk may have left them, and how files are protected. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes `content`, as JSON unless it is text, in a folder that only its owner can read. */
export function plant(file: string, content: unknown, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
}

/** The permission bits. */
export function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
