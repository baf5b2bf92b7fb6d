/** The lab directory: private, and never on top of something else. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLabDirectory, openLabDirectory, readSettings, writePrivate, writeSettings } from '../../../src/lab/directory.js';
import { appendLog, readLog } from '../../../src/lab/log.js';
import { createCsr, createLab } from './practice-lab.js';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lyncauth-lab-parent-'));
});

afterEach(() => {
  rmSync(parent, { recursive: true });
});

describe('openLabDirectory', () => {
  it('makes a directory that only its owner can enter, and opens it again with its settings', () => {
    const dir = openLabDirectory(join(parent, 'a', 'lab'));
    writeSettings(dir, { port: 4443 });

    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(openLabDirectory(dir)).toBe(dir);
    expect(readSettings(dir)).toEqual({ port: 4443 });
  });

  it('refuses a directory that holds something else, and leaves it as it is', () => {
    writeFileSync(join(parent, 'thesis.txt'), 'precious');

    expect(() => openLabDirectory(parent)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(readdirSync(parent)).toEqual(['thesis.txt']);
  });
});

describe('findLabDirectory', () => {
  it('names `lab run` when no directory is known', () => {
    expect(() => findLabDirectory(undefined)).toThrow(expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('lab run') }));
  });

  it('refuses a directory that is not one', () => {
    expect(() => findLabDirectory(parent)).toThrow('not a directory of the practice organisation');
  });
});

describe('the files of a lab', () => {
  it('all have mode 0600', async () => {
    const lab = await createLab();
    lab.fault('french');
    lab.submit(createCsr(lab));
    rmSync(join(lab.dir, 'user.key'));

    const files = readdirSync(lab.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const modes = files.map(({ parentPath, name }) => [name, (statSync(join(parentPath, name)).mode & 0o777).toString(8)]);
    lab.remove();
    expect(Object.fromEntries(modes)).toEqual({
      'lab.json': '600',
      'ca.pem': '600',
      'ca.key': '600',
      'faults.json': '600',
      'log.jsonl': '600',
      '83.json': '600',
    });
  });

  it('are called unreadable by name when damaged', () => {
    const dir = openLabDirectory(join(parent, 'lab'));
    writePrivate(join(dir, 'lab.json'), '{');

    expect(() => readSettings(dir)).toThrow(
      expect.objectContaining({ code: 'STATE_UNREADABLE', message: `not JSON: ${join(dir, 'lab.json')}` }),
    );
  });
});

describe('readLog', () => {
  it('leaves out a line that is still being written', () => {
    const dir = openLabDirectory(join(parent, 'lab'));
    appendLog(dir, new Date(), { event: 'http', method: 'GET', path: '/', status: 200 });
    const whole = readLog(dir);
    writeFileSync(join(dir, 'log.jsonl'), '{"event":"ht', { flag: 'a' });

    expect(readLog(dir)).toEqual(whole);
  });
});
