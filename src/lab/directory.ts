/** Where the practice organisation keeps its state: a private directory of small files. Knows file names and modes, not what they mean. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LyncauthError } from '../errors.js';

const SETTINGS = 'lab.json';

/** What is the same in every run with one directory. */
export interface LabSettings {
  /** TCP port of the HTTPS host, so that addresses in issued certificates stay good. */
  readonly port?: number;
  /** Those of AD FS: the ordinary host, and the one that asks for certificates. */
  readonly stsPort?: number;
  readonly certificatePort?: number;
  /** Labels of the cards made so far. */
  readonly cards?: readonly string[];
}

/**
 * Makes `path` a lab directory, or opens the one it is.
 *
 * @returns its absolute path.
 * @throws LyncauthError USAGE when there is something else in it.
 */
export function openLabDirectory(path: string): string {
  const dir = resolve(path);
  if (isLabDirectory(dir)) return dir;
  if (existsSync(dir) && (!statSync(dir).isDirectory() || readdirSync(dir).length > 0)) {
    throw new LyncauthError('USAGE', `not a directory of the practice organisation: ${dir}`, {
      hint: 'name a new or an empty directory with --dir',
    });
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  mkdirSync(join(dir, 'requests'), { mode: 0o700 });
  writeSettings(dir, {});
  return dir;
}

/**
 * The directory a running practice organisation keeps its state in.
 *
 * @throws LyncauthError USAGE when `path` is undefined or not such a directory.
 */
export function findLabDirectory(path: string | undefined): string {
  if (path === undefined) {
    throw new LyncauthError('USAGE', 'no practice organisation named', {
      hint: 'run this inside `lyncauth lab run`, or name its directory with --dir',
    });
  }
  const dir = resolve(path);
  if (!isLabDirectory(dir)) {
    throw new LyncauthError('USAGE', `not a directory of the practice organisation: ${dir}`, {
      hint: 'make one with `lyncauth lab run --dir DIR -- CMD`',
    });
  }
  return dir;
}

/** Empty for a directory that has none yet. */
export function readSettings(dir: string): LabSettings {
  return readJson<LabSettings>(join(dir, SETTINGS)) ?? {};
}

/** Replaces all of them. */
export function writeSettings(dir: string, settings: LabSettings): void {
  writePrivate(join(dir, SETTINGS), `${JSON.stringify(settings)}\n`);
}

/**
 * Writes a file of mode 0600 so that a reader sees the old or the new content, never a part.
 *
 * @param mode - permissions, for what has to be executable.
 */
export function writePrivate(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, data, { mode });
  renameSync(temporary, path);
}

/** The file's text, undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The file's JSON value, undefined when there is none.
 *
 * @throws LyncauthError STATE_UNREADABLE when it is not JSON.
 */
export function readJson<T>(path: string): T | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new LyncauthError('STATE_UNREADABLE', `not JSON: ${path}`, { hint: `remove ${path}`, cause });
  }
}

function isLabDirectory(dir: string): boolean {
  return existsSync(join(dir, SETTINGS));
}
