/** Files that only their owner may read, written so that a crash leaves the old content or the new. Knows nothing of what is in them. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { checkFolder, type FileRules, quote, readCheckedFile, STATE_RULES } from './file-checks.js';

const ADVICE: Record<string, string> = {
  ENOSPC: 'free some disk space',
  EDQUOT: 'free some disk space',
  EROFS: 'name a writable folder with --config-dir',
};

/**
 * Makes `dir` and the folders above it that are missing (mode 0700). One that exists must be the user's own and not writable by others.
 *
 * @throws LyncauthError STATE_UNREADABLE (or `rules.code`) on a folder that can't be trusted, FAILED when it can't be made
 */
export function ensurePrivateDir(dir: string, rules: FileRules = STATE_RULES): void {
  try {
    makeFolders(dir);
  } catch (error) {
    throw writeFailed(dir, error);
  }
  checkFolder(dir, rules);
}

/** One by one: Node's recursive mkdir never ends below a folder that answers ENOENT to it, as /proc and automounted ones do. */
function makeFolders(dir: string): void {
  if (existsSync(dir)) return;
  if (dirname(dir) !== dir) makeFolders(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export interface WriteOptions {
  /** False spares the fsync of the folder: after a power cut the file is whole, but may be the one from before. */
  lasting?: boolean;
}

/**
 * Replaces the content of `path`: temporary file, fsync, rename, fsync of the folder. Mode 0600, also where it was another.
 *
 * @throws LyncauthError STATE_UNREADABLE on a folder that can't be trusted, FAILED when writing fails
 */
export function writePrivateFile(path: string, data: string | Uint8Array, options: WriteOptions = {}): void {
  ensurePrivateDir(dirname(path));
  replace(path, data, options, 2);
}

/** @param tries A run that clears away what killed ones left takes our temporary file for such a leftover, if it looks just then. */
function replace(path: string, data: string | Uint8Array, options: WriteOptions, tries: number): void {
  const temporary = writeTemporary(path, data);
  try {
    renameSync(temporary, path);
    if (options.lasting !== false) syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    if (reason(error) !== 'ENOENT' || tries === 1) throw writeFailed(path, error);
    replace(path, data, options, tries - 1);
  }
}

/**
 * Writes `data` to a new file (0600) beside `path` and returns its name.
 *
 * @throws LyncauthError FAILED
 */
export function writeTemporary(path: string, data: string | Uint8Array): string {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  let fd: number | undefined;
  try {
    fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600);
    writeFileSync(fd, data);
    fsyncSync(fd);
    closeSync(fd);
    return temporary;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    rmSync(temporary, { force: true });
    throw writeFailed(path, error);
  }
}

/**
 * The text of a file that only the user can have written.
 *
 * @returns undefined when there is none
 * @throws LyncauthError STATE_UNREADABLE (or `rules.code`) on a symbolic link, another owner, a mode that lets others write
 */
export function readPrivateFile(path: string, rules: FileRules = STATE_RULES): string | undefined {
  return readCheckedFile(path, rules)?.toString('utf8');
}

/** Removes `path`; it may be gone already. */
export function removePrivateFile(path: string, options: WriteOptions = {}): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new LyncauthError('FAILED', `cannot remove ${path} (${reason(error)})`, { hint: `rm ${quote(path)}`, cause: error });
  }
  if (options.lasting !== false) syncFolder(dirname(path));
}

/** Makes a rename or removal in `dir` last through a power cut. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return; // folders can't be opened there
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Sets mode 0600 on a file that another library wrote, and makes it last. */
export function settlePrivateFile(path: string): void {
  chmodSync(path, 0o600);
  syncFolder(dirname(path));
}

function writeFailed(path: string, error: unknown): LyncauthError {
  const hint = ADVICE[reason(error)] ?? `check who may write there: ls -ld ${quote(dirname(path))}`;
  return new LyncauthError('FAILED', `cannot write ${path} (${reason(error)})`, { hint, cause: error });
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
