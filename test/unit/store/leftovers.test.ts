/** Temporary files that killed runs left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { findLeftovers, removeLeftovers } from '../../../src/store/leftovers.js';
import { writeTemporary } from '../../../src/store/private-files.js';
import { buildScript } from '../../support/script.js';
import { tempDir } from '../../support/temp-dir.js';

let dir: string;

beforeEach(() => {
  dir = tempDir('leftovers');
});

function put(name: string): string {
  const path = join(dir, name);
  writeFileSync(path, 'left', { mode: 0o600 });
  return path;
}

test('what a killed run left is removed and named, nothing beside it', () => {
  const own = writeTemporary(join(dir, 'record.json'), 'left');
  const settings = put('config.json.tmp-7123456789abcdef');
  const others = ['record.json', 'notes.tmp', '.record.json.tmp', 'config.json.tmp-1', '.tmp', 'config.json.bad'];
  others.forEach(put);
  expect(findLeftovers(dir).sort()).toEqual([own, settings].sort());
  expect(removeLeftovers(dir).sort()).toEqual([own, settings].sort());
  expect(readdirSync(dir).sort()).toEqual([...others].sort());
  expect(removeLeftovers(dir)).toEqual([]);
});

test('that of one file only, where it is named', () => {
  const meant = writeTemporary(join(dir, 'session.json'), 'left');
  const other = writeTemporary(join(dir, 'memory.json'), 'left');
  expect(removeLeftovers(dir, 'session.json')).toEqual([meant]);
  expect(readdirSync(dir)).toEqual([basename(other)]);
});

test('a folder that is not there has none', () => {
  expect(removeLeftovers(join(dir, 'none'))).toEqual([]);
});

test('nothing is removed in a folder that is a link; without anything to remove the link does not matter', () => {
  const real = join(dir, 'real');
  mkdirSync(real, { mode: 0o700 });
  symlinkSync(real, join(dir, 'link'));
  expect(removeLeftovers(join(dir, 'link'))).toEqual([]);
  writeTemporary(join(real, 'a.json'), 'left');
  expect(() => removeLeftovers(join(dir, 'link'))).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  expect(readdirSync(real)).toHaveLength(1);
});

test('a run that is writing just then writes again', async () => {
  const writer = spawn(process.execPath, [await buildScript('store/session-writer.ts'), dir, 'token'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(writer.stdout, 'data');
    const folder = join(dir, 'own/sign-in');
    const written = () => readFileSync(join(folder, 'session.json'), 'utf8');
    const turn = () => new Promise((resume) => setImmediate(resume));
    for (let round = 0; round < 20; round += 1) {
      while (removeLeftovers(folder).length === 0) await turn();
      const before = written();
      while (written() === before && writer.exitCode === null) await turn();
      expect(writer.exitCode).toBeNull();
    }
  } finally {
    writer.kill('SIGKILL');
  }
});
