/** What must be true of a file or folder before its content is believed. Looks only; it changes nothing. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, LyncauthError } from '../errors.js';

export interface FileRules {
  /** Code of the error when the file can't be believed. */
  code: Extract<ErrorCode, 'CONFIG_INVALID' | 'STATE_UNREADABLE'>;
  /** Root may own it too (the machine's settings). */
  rootMayOwn: boolean;
  /** A hard link beside it is fine (a lock is made by linking). */
  mayBeLinked: boolean;
  /** False for a file with a secret in it; true unless given. */
  othersMayRead?: boolean;
  /** In bytes. */
  maxBytes: number;
}

export const STATE_RULES: FileRules = { code: 'STATE_UNREADABLE', rootMayOwn: false, mayBeLinked: false, maxBytes: 1024 * 1024 };

/** Windows has neither owners by number nor modes; its profile folders are private already. */
const OWN_UID = process.getuid?.();
const WRITABLE_BY_OTHERS = 0o022;
const READABLE_BY_OTHERS = 0o044;
const STICKY = 0o1000;

/**
 * Reads a file that only its owner can have written: no symbolic link, an own regular file, not writable by others.
 * The checks are made on the opened file, so that it can't be exchanged in between.
 *
 * @returns undefined when there is no such file
 * @throws LyncauthError with `rules.code`, naming the file
 */
export function readCheckedFile(path: string, rules: FileRules): Buffer | undefined {
  const fd = openForReading(path, rules);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    checkFile(path, stats, rules);
    checkParent(path, rules);
    return readAll(fd, path, rules);
  } finally {
    closeSync(fd);
  }
}

/** Refuses a folder where somebody else could exchange files. */
export function checkFolder(path: string, rules: FileRules): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink())
    throw refuse(rules, `${path} is a symbolic link`, `name the real folder with --config-dir, or remove the link`);
  if (!stats.isDirectory()) throw refuse(rules, `${path} is not a folder`, `move it away`);
  checkOwner(path, stats, rules);
  if (writableByOthers(stats)) throw refuse(rules, `folder ${path} can be written by other users`, `chmod 700 ${quote(path)}`);
}

/** An error of these rules. */
export function refuse(rules: FileRules, message: string, hint: string, cause?: unknown): LyncauthError {
  return new LyncauthError(rules.code, message, { hint, cause });
}

/** `path` as a shell wants it. */
export function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function openForReading(path: string, rules: FileRules): number | undefined {
  // Without O_NONBLOCK opening a FIFO would wait for a writer. Windows has neither flag.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(path, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw refuse(rules, `${path} is a symbolic link`, `replace it by a copy of the file it points to`, error);
    throw refuse(rules, `cannot read ${path} (${code ?? 'unknown reason'})`, `check who owns it: ls -ld ${quote(path)}`, error);
  }
}

function checkFile(path: string, stats: Stats, rules: FileRules): void {
  if (!stats.isFile()) throw refuse(rules, `${path} is not a regular file`, `move it away`);
  checkOwner(path, stats, rules);
  if (OWN_UID !== undefined && (stats.mode & WRITABLE_BY_OTHERS) !== 0) {
    const mode = rules.rootMayOwn ? 'go-w' : '600';
    throw refuse(rules, `${path} can be written by other users`, `check its content, then: chmod ${mode} ${quote(path)}`);
  }
  if (OWN_UID !== undefined && rules.othersMayRead === false && (stats.mode & READABLE_BY_OTHERS) !== 0) {
    throw refuse(rules, `${path} can be read by other users`, `chmod 600 ${quote(path)}`);
  }
  if (stats.nlink > 1 && !rules.mayBeLinked) throw refuse(rules, `${path} has a second name (a hard link)`, `replace it by a copy`);
}

function checkOwner(path: string, stats: Stats, rules: FileRules): void {
  if (OWN_UID === undefined || stats.uid === OWN_UID || (rules.rootMayOwn && stats.uid === 0)) return;
  const owner = rules.rootMayOwn ? 'root' : OWN_UID;
  throw refuse(rules, `${path} belongs to another user (uid ${stats.uid})`, `check its content, then: chown ${owner} ${quote(path)}`);
}

function checkParent(path: string, rules: FileRules): void {
  const folder = dirname(path);
  const stats = statSync(folder);
  checkOwner(folder, stats, { ...rules, rootMayOwn: true });
  if (writableByOthers(stats)) {
    throw refuse(rules, `folder ${folder} can be written by other users`, `chmod go-w ${quote(folder)}`);
  }
}

/** In a sticky folder, such as /tmp, only a file's owner can exchange it. */
function writableByOthers(stats: Stats): boolean {
  return OWN_UID !== undefined && (stats.mode & WRITABLE_BY_OTHERS) !== 0 && (stats.mode & STICKY) === 0;
}

function readAll(fd: number, path: string, rules: FileRules): Buffer {
  const buffer = Buffer.alloc(rules.maxBytes + 1);
  let length = 0;
  for (;;) {
    const got = readSync(fd, buffer, length, buffer.length - length, null);
    length += got;
    if (got === 0 || length === buffer.length) break;
  }
  if (length > rules.maxBytes) throw refuse(rules, `${path} is longer than ${rules.maxBytes} bytes`, `move it away`);
  return Buffer.from(buffer.subarray(0, length));
}
