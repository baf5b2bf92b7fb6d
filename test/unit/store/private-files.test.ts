import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ensurePrivateDir, readPrivateFile, removePrivateFile, writePrivateFile } from '../../../src/store/private-files.js';
import { tempDir } from '../../support/temp-dir.js';
import { modeOf } from './planted.js';

let dir: string;
let file: string;

beforeEach(() => {
  dir = tempDir('files');
  file = join(dir, 'state', 'file.json');
});

/** A file of another user's that this one can read. */
function foreignFile(): string {
  if (process.getuid?.() !== 0) return '/etc/passwd';
  const path = join(dir, 'foreign');
  writeFileSync(path, 'x', { mode: 0o644 });
  chownSync(path, 4711, 4711);
  return path;
}

test('a written file is 0600 in a 0700 folder, whatever the umask', () => {
  const before = process.umask(0);
  try {
    writePrivateFile(file, 'text');
  } finally {
    process.umask(before);
  }
  expect([modeOf(file), modeOf(join(dir, 'state'))]).toEqual([0o600, 0o700]);
  expect(readPrivateFile(file)).toBe('text');
});

test('writing again replaces the content and leaves no other file', () => {
  writePrivateFile(file, 'a long first text');
  writePrivateFile(file, 'second');
  expect(readPrivateFile(file)).toBe('second');
  expect(readdirSync(join(dir, 'state'))).toEqual(['file.json']);
});

test('writing tightens a file that was open', () => {
  writePrivateFile(file, 'first');
  chmodSync(file, 0o644);
  writePrivateFile(file, 'second');
  expect(modeOf(file)).toBe(0o600);
});

test('writing replaces a symbolic link instead of following it', () => {
  ensurePrivateDir(join(dir, 'state'));
  writeFileSync(join(dir, 'target'), 'untouched');
  symlinkSync(join(dir, 'target'), file);
  writePrivateFile(file, 'mine');
  expect(readFileSync(join(dir, 'target'), 'utf8')).toBe('untouched');
  expect(readPrivateFile(file)).toBe('mine');
});

test('a missing file reads as undefined, and may be removed', () => {
  expect(readPrivateFile(file)).toBeUndefined();
  removePrivateFile(join(dir, 'nothing'));
});

test('a removed file is gone', () => {
  writePrivateFile(file, 'x');
  removePrivateFile(file);
  expect(readPrivateFile(file)).toBeUndefined();
});

test('a symbolic link is refused by name', () => {
  ensurePrivateDir(join(dir, 'state'));
  writeFileSync(join(dir, 'target'), 'x', { mode: 0o600 });
  symlinkSync(join(dir, 'target'), file);
  expect(() => readPrivateFile(file)).toThrow(`${file} is a symbolic link`);
});

test.each([0o620, 0o602, 0o666])('a file of mode %o is refused with the command that mends it', (bits) => {
  writePrivateFile(file, 'x');
  chmodSync(file, bits);
  expect(() => readPrivateFile(file)).toThrow(
    expect.objectContaining({ code: 'STATE_UNREADABLE', hint: `check its content, then: chmod 600 ${file}` }),
  );
});

test("another user's file is refused", () => {
  expect(() => readPrivateFile(foreignFile())).toThrow('belongs to another user');
});

test('a file with a second name is refused', () => {
  writePrivateFile(file, 'x');
  linkSync(file, join(dir, 'other'));
  expect(() => readPrivateFile(file)).toThrow('hard link');
});

test('a FIFO is refused without waiting for a writer', () => {
  ensurePrivateDir(join(dir, 'state'));
  execFileSync('mkfifo', ['-m', '600', file]);
  expect(() => readPrivateFile(file)).toThrow('not a regular file');
});

test('a file in a folder that others can write is refused', () => {
  writePrivateFile(file, 'x');
  chmodSync(join(dir, 'state'), 0o777);
  expect(() => readPrivateFile(file)).toThrow('can be written by other users');
});

test('a folder that is a symbolic link is not written to', () => {
  mkdirSync(join(dir, 'real'));
  symlinkSync(join(dir, 'real'), join(dir, 'state'));
  expect(() => writePrivateFile(file, 'x')).toThrow('symbolic link');
  expect(readdirSync(join(dir, 'real'))).toEqual([]);
});

test('a file where a folder should be is named', () => {
  writeFileSync(join(dir, 'state'), '');
  expect(() => writePrivateFile(file, 'x')).toThrow(join(dir, 'state'));
});

test('a file of more than 1 MiB is refused', () => {
  writePrivateFile(file, Buffer.alloc(1024 * 1024 + 1));
  expect(() => readPrivateFile(file)).toThrow('longer than');
});
