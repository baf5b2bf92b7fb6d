/** The file of the session: written in one step, read with suspicion, removed whole. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { redact, Secret } from '../../../src/secret.js';
import { cardFileName } from '../../../src/store/card-file-name.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { readSession, removeSession, type StoredSession, sessionFile, withSessionLock, writeSession } from '../../../src/store/sessions.js';
import { filesBelow, findSecrets } from '../../support/needles.js';
import { scaled } from '../../support/scale.js';
import { buildScript } from '../../support/script.js';
import { tempDir } from '../../support/temp-dir.js';
import { modeOf, plant } from './planted.js';

const TOKEN = 'cwt=AAEBHAEFAAAAAAAFFQAAAHgtT3LVbzz3';
const SESSION: StoredSession = {
  address: 'alice@lab.test',
  displayName: 'Alice Äpfel',
  method: 'passive',
  notUsed: [{ method: 'certificate', reason: 'the STS has no such endpoint' }],
  server: 'https://pool.lab.test:8443',
  token: new Secret(TOKEN),
  since: new Date('2026-01-05T10:00:00.000Z'),
  expiresAt: new Date('2026-01-05T18:00:00.000Z'),
  application: 'https://pool.lab.test:8443/ucwa/oauth/v1/applications/1',
  certificate: { sha256: 'ab'.repeat(32), notAfter: new Date('2027-01-01T00:00:00.000Z') },
};
let dir: string;
let paths: StatePaths;
let file: string;

beforeEach(() => {
  dir = tempDir('sessions');
  paths = { ...statePaths({}, join(dir, 'own')), lockDir: join(dir, 'locks') };
  file = sessionFile(paths);
});

/** The file as it was written, with some fields changed. */
function changed(fields: object): object {
  writeSession(paths, SESSION);
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...fields };
}

describe('a session', () => {
  test('is read back as it was written, its token as a secret', () => {
    writeSession(paths, SESSION);
    const read = readSession(paths);
    expect({ ...read, token: read?.token.reveal() }).toEqual({ ...SESSION, token: TOKEN });
    expect(JSON.stringify(read)).not.toContain(TOKEN);
  });

  test('made with a password has no certificate, and may have no application', () => {
    const plain: StoredSession = { ...SESSION, method: 'password', notUsed: [], application: undefined, certificate: undefined };
    writeSession(paths, plain);
    expect(readSession(paths)).toEqual(plain);
  });

  test('that is read from a file is hidden by the redactor from then on', () => {
    plant(file, changed({ token: 'read-from-disk-only' }));
    readSession(paths);
    expect(redact('Bearer read-from-disk-only')).toBe('Bearer ***');
  });

  test('that has expired is read all the same', () => {
    writeSession(paths, { ...SESSION, expiresAt: new Date(0) });
    expect(readSession(paths)?.expiresAt.getTime()).toBe(0);
  });

  test('is nothing where nobody signed in, and looking makes no folder', () => {
    expect(readSession(paths)).toBeUndefined();
    expect(existsSync(paths.signInDir)).toBe(false);
  });

  test('replaces the one before', () => {
    writeSession(paths, SESSION);
    writeSession(paths, { ...SESSION, address: 'bob@lab.test', token: new Secret('bobs') });
    expect(readSession(paths)?.address).toBe('bob@lab.test');
    expect(findSecrets([TOKEN], filesBelow(dir))).toEqual([]);
  });

  test.each([0o000, 0o022, 0o077])('is in a file of mode 0600 in a folder of 0700 under umask %o', (umask) => {
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
    writeSession(paths, SESSION);
    expect([modeOf(file), modeOf(dirname(file))]).toEqual([0o600, 0o700]);
  });

  test('tightens a folder that others could look into', () => {
    mkdirSync(paths.signInDir, { recursive: true });
    chmodSync(paths.signInDir, 0o755);
    writeSession(paths, SESSION);
    expect(modeOf(paths.signInDir)).toBe(0o700);
  });
});

describe('a file that is not to be believed', () => {
  test.each([
    ['is empty', ''],
    ['was cut short', '{"version":1,"address":"al'],
    ['is no object', '[]'],
    ['is null', 'null'],
    ['has no version', '{}'],
    ['has an old version', '{"version":0}'],
    ['has a version that is no number', '{"version":"1"}'],
    ['is binary', '\u0000\u0001\u0002'],
    ['holds only the version', '{"version":1}'],
  ])('that %s is named, with how to remove it', (_, content) => {
    plant(file, content);
    expect(() => readSession(paths)).toThrow(
      expect.objectContaining({ code: 'STATE_UNREADABLE', message: `${file} is damaged`, hint: expect.stringContaining(`rm ${file}`) }),
    );
  });

  test.each([
    { token: '' },
    { token: 5 },
    { address: undefined },
    { method: 'telepathy' },
    { notUsed: {} },
    { notUsed: [null] },
    { notUsed: [{ method: 'passive' }] },
    { server: 'http://pool.lab.test' },
    { server: 'https://alice@pool.lab.test' },
    { server: 'pool' },
    { application: 'http://pool.lab.test/app' },
    { application: 'javascript:0' },
    { application: null },
    { since: 'yesterday' },
    { expiresAt: 12 },
    { certificate: { sha256: 'ab' } },
    { certificate: [] },
  ])('with %j is damaged, and its error shows no token', (fields) => {
    plant(file, changed(fields));
    let thrown: unknown;
    try {
      readSession(paths);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'STATE_UNREADABLE' });
    expect(`${(thrown as Error).message} ${String((thrown as Error).cause)}`).not.toContain(TOKEN);
  });

  test('of a newer version says so', () => {
    plant(file, { version: 2, token: { sealed: 'x' } });
    expect(() => readSession(paths)).toThrow(
      expect.objectContaining({ code: 'STATE_UNREADABLE', message: `${file} was written by a newer version of lyncauth` }),
    );
  });

  test('with more in it than this version knows is read', () => {
    plant(file, changed({ keeper: { pid: 1 } }));
    expect(readSession(paths)?.address).toBe('alice@lab.test');
  });

  test.each([
    [0o644, 'can be read by other users'],
    [0o640, 'can be read by other users'],
    [0o602, 'can be written by other users'],
  ])('of mode %o is refused', (mode, words) => {
    writeSession(paths, SESSION);
    chmodSync(file, mode);
    expect(() => readSession(paths)).toThrow(
      expect.objectContaining({
        code: 'STATE_UNREADABLE',
        message: expect.stringContaining(words),
        hint: expect.stringContaining('chmod'),
      }),
    );
  });

  test.each([
    ['a symbolic link', () => symlinkSync('/etc/hostname', file), 'symbolic link'],
    ['a second name of another file', () => linkSync(elsewhere(), file), 'hard link'],
    ['a folder', () => mkdirSync(file), 'not a regular file'],
  ])('that is %s is refused', (_, make, words) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    make();
    expect(() => readSession(paths)).toThrow(
      expect.objectContaining({ code: 'STATE_UNREADABLE', message: expect.stringContaining(words) }),
    );
  });

  function elsewhere(): string {
    const path = join(dir, 'elsewhere');
    writeFileSync(path, '{}', { mode: 0o600 });
    return path;
  }

  test('is not written through: a link in its place is replaced, what it points to stays', () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const victim = elsewhere();
    symlinkSync(victim, file);
    writeSession(paths, SESSION);
    expect([readFileSync(victim, 'utf8'), readSession(paths)?.address]).toEqual(['{}', 'alice@lab.test']);
  });

  test('in a folder that is a link, or that others can write, is neither written nor read', () => {
    mkdirSync(join(dir, 'others'), { mode: 0o777 });
    mkdirSync(dirname(paths.signInDir), { recursive: true, mode: 0o700 });
    symlinkSync(join(dir, 'others'), paths.signInDir);
    expect(() => writeSession(paths, SESSION)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
    rmSync(paths.signInDir);
    mkdirSync(paths.signInDir);
    chmodSync(paths.signInDir, 0o777);
    expect(() => writeSession(paths, SESSION)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
    expect(findSecrets([TOKEN], filesBelow(dir))).toEqual([]);
  });
});

describe('removing', () => {
  test('leaves nothing of a session, and says whether there was one', () => {
    writeSession(paths, SESSION);
    expect(removeSession(paths)).toBe(true);
    expect([readSession(paths), removeSession(paths)]).toEqual([undefined, false]);
    expect(filesBelow(dir)).toEqual({});
  });

  test('takes a file that cannot be read, a link, and one of a newer version', () => {
    plant(file, '{"version":2');
    chmodSync(file, 0o666);
    expect(removeSession(paths)).toBe(true);
    symlinkSync('/etc/hostname', file);
    expect(removeSession(paths)).toBe(true);
    expect(existsSync('/etc/hostname')).toBe(true);
    expect(readdirSync(paths.signInDir)).toEqual([]);
  });

  test('takes what a killed run had begun to write, also when there is no session', () => {
    plant(file, '');
    rmSync(file);
    writeFileSync(join(paths.signInDir, '.session.json.4711.abcdef012345.tmp'), TOKEN);
    writeFileSync(join(paths.signInDir, 'memory.json'), '{}');
    expect(removeSession(paths)).toBe(true);
    expect(readdirSync(paths.signInDir)).toEqual(['memory.json']);
  });

  test('says so when something is in its place that it does not remove', () => {
    mkdirSync(file, { recursive: true, mode: 0o700 });
    expect(() => removeSession(paths)).toThrow(expect.objectContaining({ code: 'FAILED', message: expect.stringContaining(file) }));
  });

  test('touches nothing in a folder that is a link', () => {
    const others = join(dir, 'others');
    mkdirSync(others, { mode: 0o700 });
    writeFileSync(join(others, 'session.json'), 'somebody else');
    mkdirSync(dirname(paths.signInDir), { recursive: true, mode: 0o700 });
    symlinkSync(others, paths.signInDir);
    expect(() => removeSession(paths)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
    expect(readdirSync(others)).toEqual(['session.json']);
  });

  test('writing takes away what a killed run had begun', () => {
    plant(file, '');
    writeFileSync(join(paths.signInDir, '.session.json.4711.abcdef012345.tmp'), 'old token');
    writeSession(paths, SESSION);
    expect(readdirSync(paths.signInDir)).toEqual(['session.json']);
  });
});

describe('several processes', () => {
  let holder: string;
  let writer: string;

  beforeAll(async () => {
    [holder, writer] = await Promise.all([buildScript('store/lock-holder.ts'), buildScript('store/session-writer.ts')]);
  });

  test('the one that signs in or out is named', async () => {
    const child = spawn(process.execPath, [holder, paths.lockDir, `session ${file}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(withSessionLock(paths, async () => 'in', { waitMs: 0 })).rejects.toMatchObject({
      code: 'BUSY',
      message: `another run of lyncauth is signing in or out (process ${child.pid})`,
    });
    child.stdin?.end();
    await once(child, 'exit');
    expect(await withSessionLock(paths, async () => 'in')).toBe('in');
  });

  test("the lock's file does not tell where the configuration is, and another configuration has its own", async () => {
    const other = { ...statePaths({}, join(dir, 'other')), lockDir: paths.lockDir };
    await withSessionLock(paths, async () => {
      expect(readdirSync(paths.lockDir)).toEqual([cardFileName(`session ${file}`, 'lock')]);
      expect(await withSessionLock(other, async () => 'in', { waitMs: 0 })).toBe('in');
    });
  });

  test('a writer that is killed at any moment leaves a whole session, and nothing once it is removed', async () => {
    for (let i = 0; i < scaled(100); i++) {
      const child: ChildProcess = spawn(process.execPath, [writer, dir, TOKEN], { stdio: ['ignore', 'pipe', 'inherit'] });
      if (child.stdout) await once(child.stdout, 'data');
      // Lets it get to another place in its work each time.
      for (let turn = 0; turn < i; turn++) await new Promise((resume) => setImmediate(resume));
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(readSession(paths)?.token.reveal()).toMatch(new RegExp(`^${TOKEN}-\\d+$`));
    }
    expect(removeSession(paths)).toBe(true);
    expect(filesBelow(join(dir, 'own'))).toEqual({});
  });
});
