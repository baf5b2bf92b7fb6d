/** A file that may hold a token, and the temporary files it is written through: nobody else can read them, and what is removed is gone. */
import { chmodSync, lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { LyncauthError } from '../errors.js';
import { checkFolder, type FileRules, quote, STATE_RULES } from './file-checks.js';
import { findLeftovers, removeLeftovers } from './leftovers.js';
import { ensurePrivateDir, readPrivateFile, removePrivateFile, writePrivateFile } from './private-files.js';
import { VERSION } from './sign-in-file.js';

const RULES: FileRules = { ...STATE_RULES, othersMayRead: false, maxBytes: 256 * 1024 };

/**
 * The text of `path`.
 *
 * @param options.othersMayRead true for a file that is believed although others can read it; false unless given
 * @returns undefined when there is none
 * @throws LyncauthError STATE_UNREADABLE on a link, another owner, a file or folder that others can write, a file that others can read
 */
export function readSecretFile(path: string, options: { othersMayRead?: boolean } = {}): string | undefined {
  return readPrivateFile(path, { ...RULES, ...options });
}

/**
 * Replaces `path` by `value` as JSON, in one step; on return it has reached the disk. The folder becomes 0700, the file 0600.
 *
 * @throws LyncauthError STATE_UNREADABLE on a folder that can't be trusted, FAILED when writing fails
 */
export function writeSecretFile(path: string, value: object): void {
  const dir = dirname(path);
  ensurePrivateDir(dir);
  if (process.platform !== 'win32') chmodSync(dir, 0o700);
  removeLeftovers(dir, basename(path));
  writePrivateFile(path, `${JSON.stringify({ version: VERSION, ...value }, undefined, 2)}\n`);
}

/**
 * Removes `path`, whatever it is and holds, and every temporary file that a killed run left of it.
 *
 * @returns false when there was nothing
 * @throws LyncauthError FAILED when something is still there, STATE_UNREADABLE for a folder that is another user's
 */
export function removeSecretFile(path: string): boolean {
  const dir = dirname(path);
  if (!exists(dir)) return false;
  checkFolder(dir, STATE_RULES);
  const there = exists(path);
  const leftovers = removeLeftovers(dir, basename(path));
  removePrivateFile(path);
  if (exists(path) || findLeftovers(dir, basename(path)).length > 0) {
    throw new LyncauthError('FAILED', `${path} is still there after it was removed`, { hint: `rm ${quote(path)}` });
  }
  return there || leftovers.length > 0;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
