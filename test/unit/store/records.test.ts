import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listRecords, readRecord, removeRecord, writeRecord } from '../../../src/store/records.js';

let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'lyncauth-records-')), 'journal');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

test('a record is read back as it was written, from a file of mode 0600', () => {
  writeRecord(dir, 'one', { state: 'planned', list: [1, 2] });
  expect(readRecord(dir, 'one')).toEqual({ state: 'planned', list: [1, 2] });
  expect(statSync(join(dir, 'one.json')).mode & 0o777).toBe(0o600);
});

test('records are listed by id, other files are not', () => {
  writeRecord(dir, 'b', { n: 2 });
  writeRecord(dir, 'a', { n: 1 });
  writeFileSync(join(dir, '.a.json.1.tmp'), '{');
  expect(listRecords(dir)).toEqual([
    { id: 'a', value: { n: 1 } },
    { id: 'b', value: { n: 2 } },
  ]);
});

test('a folder that was never made has no records', () => {
  expect(listRecords(dir)).toEqual([]);
  expect(readRecord(dir, 'one')).toBeUndefined();
});

test('a removed record is gone, and may be removed again', () => {
  writeRecord(dir, 'one', {});
  removeRecord(dir, 'one');
  removeRecord(dir, 'one');
  expect(listRecords(dir)).toEqual([]);
});

test.each(['', '{"state":', 'null', '7'])('a file that holds %j is reported by name, not dropped', (text) => {
  writeRecord(dir, 'one', {});
  writeFileSync(join(dir, 'one.json'), text);
  const damaged = expect.objectContaining({ code: 'STATE_UNREADABLE', message: `${join(dir, 'one.json')} is damaged` });
  expect(() => readRecord(dir, 'one')).toThrow(damaged);
  expect(() => listRecords(dir)).toThrow(damaged);
});

test.each(['', '../x', 'a/b', '.hidden', 'a b'])('the id %j is refused', (id) => {
  expect(() => writeRecord(dir, id, {})).toThrow('id');
});
