import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.js';
import { createLog } from '../../../src/ui/log.js';

let dir: string;
let logFile: string;
let shown: string;
const stream = { write: (text: string) => (shown += text) };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-log-'));
  logFile = join(dir, 'log');
  shown = '';
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  [{ verbose: false, trace: false }, ''],
  [{ verbose: true, trace: false }, 'verbose: one\n'],
  [{ verbose: false, trace: true }, 'verbose: one\ntrace: two\n'],
])('with %j standard error gets %j', (options, text) => {
  const log = createLog({ ...options, stream });
  log.verbose('one');
  log.trace('two');
  expect(shown).toBe(text);
});

test('the log file gets everything, with the time, and is private', () => {
  const log = createLog({ verbose: false, trace: false, logFile, stream });
  log.verbose('one');
  log.trace('two\nthree');
  const lines = readFileSync(logFile, 'utf8').split('\n');
  expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z \d+ /, ''))).toEqual([
    'verbose: one',
    'trace: two',
    'trace: three',
    '',
  ]);
  expect([statSync(logFile).mode & 0o777, shown]).toEqual([0o600, '']);
});

test('a log file is added to, and closed to others', () => {
  writeFileSync(logFile, 'before\n');
  chmodSync(logFile, 0o644);
  createLog({ verbose: false, trace: false, logFile, stream }).verbose('one');
  expect(readFileSync(logFile, 'utf8')).toMatch(/^before\n.*one\n$/);
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
});

test('secrets and control characters do not get into it', () => {
  const pin = new Secret('86420975');
  const log = createLog({ verbose: false, trace: true, logFile, stream });
  log.trace(`C_Login ${pin.reveal()} \u001b[2J`);
  expect(shown).toBe('trace: C_Login *** \n');
  expect(readFileSync(logFile, 'utf8')).not.toContain(pin.reveal());
});

test('a log file that is a symbolic link, a folder or can not be made is refused', () => {
  symlinkSync(join(dir, 'target'), join(dir, 'link'));
  for (const path of [join(dir, 'link'), dir, join(dir, 'none', 'log')]) {
    expect(() => createLog({ verbose: false, trace: false, logFile: path, stream })).toThrow(path);
  }
});
