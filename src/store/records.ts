/** Small JSON records, one file each, for journals. Knows nothing of what is in them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { quote } from './file-checks.js';
import { readPrivateFile, removePrivateFile, type WriteOptions, writePrivateFile } from './private-files.js';

export interface StoredRecord {
  readonly id: string;
  readonly value: unknown;
}

const SUFFIX = '.json';
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/**
 * Every record of `dir`, by id. Empty when the folder does not exist.
 *
 * @throws LyncauthError STATE_UNREADABLE naming the first file that can't be read
 */
export function listRecords(dir: string): StoredRecord[] {
  return recordIds(dir).flatMap((id) => {
    const value = readRecord(dir, id);
    return value === undefined ? [] : [{ id, value }];
  });
}

/**
 * @param id letters, digits, `-` and `_`, at most 128
 * @returns undefined when there is no such record
 * @throws LyncauthError STATE_UNREADABLE naming the file when it holds no JSON object or can't be trusted
 */
export function readRecord(dir: string, id: string): unknown {
  const path = recordPath(dir, id);
  const text = readPrivateFile(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below: the parser's message would quote the content.
  }
  throw new LyncauthError('STATE_UNREADABLE', `${path} is damaged`, { hint: `look at it, then: rm ${quote(path)}` });
}

/** Writes the record, replacing one of the same id; on return it has reached the disk, unless it need not be lasting. */
export function writeRecord(dir: string, id: string, value: object, options?: WriteOptions): void {
  writePrivateFile(recordPath(dir, id), `${JSON.stringify(value, undefined, 2)}\n`, options);
}

/** Removes the record; it may be gone already. */
export function removeRecord(dir: string, id: string, options?: WriteOptions): void {
  removePrivateFile(recordPath(dir, id), options);
}

function recordIds(dir: string): string[] {
  try {
    const names = readdirSync(dir).filter((name) => name.endsWith(SUFFIX));
    return names
      .map((name) => name.slice(0, -SUFFIX.length))
      .filter((id) => ID.test(id))
      .sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return [];
    throw new LyncauthError('STATE_UNREADABLE', `cannot read folder ${dir} (${code ?? 'unknown reason'})`, {
      hint: `check who owns it: ls -ld ${quote(dir)}`,
      cause: error,
    });
  }
}

function recordPath(dir: string, id: string): string {
  if (!ID.test(id)) throw new LyncauthError('INTERNAL', 'a record needs an id of letters, digits, - and _');
  return join(dir, `${id}${SUFFIX}`);
}
