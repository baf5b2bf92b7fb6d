/** The form of the two files about sign-ins: JSON with a version, every field checked. An error names file and field, never a value. */
import { LyncauthError } from '../errors.js';
import { quote } from './file-checks.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Goes up when a file of this version could be misread by an older one. */
export const VERSION = 1;

/**
 * What `read` makes of the object in `text`. It throws an Error with a field's name for one that is missing or makes no sense.
 *
 * @throws LyncauthError STATE_UNREADABLE naming the file
 */
export function parseSignInFile<T>(path: string, text: string, read: (value: Fields) => T): T {
  const value = parse(text);
  const version = value?.version;
  if (typeof version === 'number' && version > VERSION) {
    throw unreadable(
      path,
      'was written by a newer version of lyncauth',
      `use that version, or remove it and sign in again: rm ${quote(path)}`,
    );
  }
  if (value === undefined || version !== VERSION) throw damaged(path);
  try {
    return read(value);
  } catch {
    throw damaged(path);
  }
}

/** A text that is not empty. */
export function textIn(value: Fields, name: string): string {
  const text = value[name];
  if (typeof text !== 'string' || text === '') throw new Error(name);
  return text;
}

/** An https address without user information. */
export function urlIn(value: Fields, name: string): string {
  const url = new URL(textIn(value, name));
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') throw new Error(name);
  return url.href;
}

/** A date as JSON has it (ISO 8601). */
export function dateIn(value: Fields, name: string): Date {
  const date = new Date(textIn(value, name));
  if (Number.isNaN(date.getTime())) throw new Error(name);
  return date;
}

/** An object. */
export function recordIn(value: Fields, name: string): Fields {
  const record = value[name];
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw new Error(name);
  return record as Fields;
}

/** A list of objects. */
export function listIn(value: Fields, name: string): Fields[] {
  const list = value[name];
  if (!Array.isArray(list)) throw new Error(name);
  return list.map((_, index) => recordIn(list as unknown as Fields, String(index)));
}

/** A list of texts that are not empty. */
export function textsIn(value: Fields, name: string): string[] {
  const list = value[name];
  if (!Array.isArray(list)) throw new Error(name);
  return list.map((_, index) => textIn(list as unknown as Fields, String(index)));
}

/** Undefined for a field that is not there. */
export function optional<T>(value: Fields, name: string, read: (value: Fields, name: string) => T): T | undefined {
  return value[name] === undefined ? undefined : read(value, name);
}

function parse(text: string): Fields | undefined {
  try {
    return recordIn({ file: JSON.parse(text) as unknown }, 'file');
  } catch {
    // The parser's message would quote the content.
    return undefined;
  }
}

function damaged(path: string): LyncauthError {
  return unreadable(path, 'is damaged', `remove it and sign in again: rm ${quote(path)}`);
}

function unreadable(path: string, what: string, hint: string): LyncauthError {
  return new LyncauthError('STATE_UNREADABLE', `${path} ${what}`, { hint });
}
