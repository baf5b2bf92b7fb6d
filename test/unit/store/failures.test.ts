import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearFailures, countFailure, readFailures } from '../../../src/store/failures.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';

let dir: string;
let paths: StatePaths;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-failures-'));
  paths = { ...statePaths({}), lockDir: join(dir, 'locks') };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a card starts at none, counts up, and goes back to none', () => {
  expect(readFailures(paths, 'A1')).toBe(0);
  expect([countFailure(paths, 'A1'), countFailure(paths, 'A1'), readFailures(paths, 'A1')]).toEqual([1, 2, 2]);
  clearFailures(paths, 'A1');
  expect(readFailures(paths, 'A1')).toBe(0);
});

test('cards are counted apart', () => {
  countFailure(paths, 'A1');
  expect(readFailures(paths, 'B2')).toBe(0);
});

test("a card's PIN, PUK and SO PIN are counted apart", () => {
  countFailure(paths, 'A1', 'PUK');
  countFailure(paths, 'A1', 'SO PIN');
  countFailure(paths, 'A1', 'SO PIN');
  clearFailures(paths, 'A1', 'PUK');
  expect((['PIN', 'PUK', 'SO PIN'] as const).map((refused) => readFailures(paths, 'A1', refused))).toEqual([0, 0, 2]);
});

test('the file holds the count only, under a name that does not tell the serial', () => {
  countFailure(paths, '../serial');
  const [name = ''] = readdirSync(paths.lockDir);
  expect(name).toMatch(/^[0-9a-f]{64}\.failures$/);
  expect(readFileSync(join(paths.lockDir, name), 'utf8')).toBe('1\n');
});

test('a damaged count is reported by name', () => {
  countFailure(paths, 'A1');
  const [name = ''] = readdirSync(paths.lockDir);
  writeFileSync(join(paths.lockDir, name), 'many');
  expect(() => readFailures(paths, 'A1')).toThrow(name);
});
