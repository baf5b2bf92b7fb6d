/** What is remembered between sign-ins, and forgotten on demand. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { withLock } from '../../../src/store/locks.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { withSessionLock } from '../../../src/store/sessions.js';
import {
  forgetAll,
  forgetDiscovery,
  readMemory,
  rememberAddress,
  rememberDiscovery,
  rememberTrustedDomain,
  type StoredDiscovery,
} from '../../../src/store/sign-in-memory.js';
import { filesBelow, findSecrets } from '../../support/needles.js';
import { tempDir } from '../../support/temp-dir.js';
import { modeOf, plant } from './planted.js';

const ALICE = 'alice@lab.test';
const NOW = new Date('2026-01-05T10:00:00.000Z');
const HOUR = 3600 * 1000;
const FOUND: StoredDiscovery = {
  userUrl: 'https://pool.lab.test/Autodiscover/AutodiscoverService.svc/root/oauth/user',
  accessLocation: 'external',
  via: ['https://lyncdiscover.lab.test'],
};
let dir: string;
let paths: StatePaths;
let file: string;

beforeEach(() => {
  dir = tempDir('memory');
  paths = { ...statePaths({}, join(dir, 'own')), lockDir: join(dir, 'locks') };
  file = join(paths.signInDir, 'memory.json');
});

const later = (ms: number) => new Date(NOW.getTime() + ms);

describe('what is remembered', () => {
  test('is nothing at first, and looking makes no file', () => {
    const memory = readMemory(paths);
    expect([memory.lastAddress, memory.cardUsed, memory.trustedDomains(ALICE), memory.discovery(ALICE, NOW)]).toEqual([
      undefined,
      false,
      [],
      undefined,
    ]);
    expect(existsSync(paths.signInDir)).toBe(false);
  });

  test('is the address that signed in last, whatever its case, and that a card was used once', async () => {
    await rememberAddress(paths, 'Bob@Lab.test', { card: true });
    expect([readMemory(paths).lastAddress, readMemory(paths).cardUsed]).toEqual(['bob@lab.test', true]);
    await rememberAddress(paths, ALICE, { card: false });
    expect([readMemory(paths).lastAddress, readMemory(paths).cardUsed]).toEqual([ALICE, true]);
  });

  test('is what a person trusted, once each and for this address only', async () => {
    for (const domain of ['Pool.example.net', 'other.test', 'pool.example.net']) await rememberTrustedDomain(paths, ALICE, domain);
    expect(readMemory(paths).trustedDomains('ALICE@lab.test')).toEqual(['other.test', 'pool.example.net']);
    expect(readMemory(paths).trustedDomains('bob@lab.test')).toEqual([]);
  });

  test('is where the servers are, for a day', async () => {
    await rememberDiscovery(paths, ALICE, FOUND, NOW);
    const memory = readMemory(paths);
    expect(memory.discovery(ALICE, later(23 * HOUR))).toMatchObject(FOUND);
    expect(memory.discovery(ALICE, later(25 * HOUR))).toBeUndefined();
    expect(memory.discovery('bob@lab.test', NOW)).toBeUndefined();
  });

  test('is not believed when the clock has gone back since', async () => {
    await rememberDiscovery(paths, ALICE, FOUND, NOW);
    expect(readMemory(paths).discovery(ALICE, later(-HOUR))).toBeUndefined();
  });

  test('loses the servers of one address when they have moved, and keeps whom a person trusted', async () => {
    await rememberDiscovery(paths, ALICE, FOUND, NOW);
    await rememberTrustedDomain(paths, ALICE, 'other.test');
    await forgetDiscovery(paths, ALICE);
    expect([readMemory(paths).discovery(ALICE, NOW), readMemory(paths).trustedDomains(ALICE)]).toEqual([undefined, ['other.test']]);
  });

  test('is not written for servers that nobody remembers', async () => {
    await forgetDiscovery(paths, ALICE);
    expect(existsSync(file)).toBe(false);
  });

  test('names of objects are addresses like any other', async () => {
    for (const address of ['__proto__', 'constructor', 'toString']) {
      expect(readMemory(paths).trustedDomains(address)).toEqual([]);
      await rememberTrustedDomain(paths, address, 'other.test');
      expect(readMemory(paths).trustedDomains(address)).toEqual(['other.test']);
    }
  });

  test('is in a file of mode 0600', async () => {
    await rememberAddress(paths, ALICE, { card: true });
    expect([modeOf(file), modeOf(paths.signInDir)]).toEqual([0o600, 0o700]);
  });

  test('has a limit: the addresses that were changed last stay', async () => {
    for (let i = 0; i < 60; i++) await rememberTrustedDomain(paths, `user${i}@lab.test`, 'other.test');
    expect(readMemory(paths).trustedDomains('user9@lab.test')).toEqual([]);
    expect(readMemory(paths).trustedDomains('user10@lab.test')).toEqual(['other.test']);
  });

  test('loses nothing when several remember at once', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => rememberTrustedDomain(paths, ALICE, `d${i}.test`)));
    expect([...readMemory(paths).trustedDomains(ALICE)].sort()).toEqual(Array.from({ length: 10 }, (_, i) => `d${i}.test`));
  });

  test("can be written while the session's lock is held", async () => {
    await withSessionLock(paths, () => rememberAddress(paths, ALICE, { card: true }));
    expect(readMemory(paths).lastAddress).toBe(ALICE);
  });
});

describe('a file that is not to be believed', () => {
  test.each([
    ['is empty', ''],
    ['has no version', { entries: [] }],
    ['has no list', { version: 1 }],
    ['has an entry that is none', { version: 1, entries: [5] }],
    ['trusts a number', { version: 1, entries: [{ address: ALICE, trustedDomains: [1] }] }],
    ['trusts nothing with a name', { version: 1, entries: [{ address: ALICE, trustedDomains: [''] }] }],
    ['has servers over http', { version: 1, entries: [entry({ userUrl: 'http://pool.lab.test/' })] }],
    ['has servers somewhere else', { version: 1, entries: [entry({ accessLocation: 'moon' })] }],
    ['has servers found at no time', { version: 1, entries: [entry({ foundAt: 'x' })] }],
    ['has an address that is no text', { version: 1, lastAddress: 5, entries: [] }],
  ])('that %s is named, and nothing is added to it', async (_, content) => {
    plant(file, content);
    const before = readFileSync(file, 'utf8');
    expect(() => readMemory(paths)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE', message: `${file} is damaged` }));
    await expect(rememberAddress(paths, ALICE, { card: true })).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  function entry(fields: object): object {
    return { address: ALICE, trustedDomains: [], discovery: { ...FOUND, foundAt: NOW.toISOString(), ...fields } };
  }

  test('of a newer version says so', () => {
    plant(file, { version: 2 });
    expect(() => readMemory(paths)).toThrow(expect.objectContaining({ message: `${file} was written by a newer version of lyncauth` }));
  });

  test('that others could have written vouches for no server', async () => {
    await rememberTrustedDomain(paths, ALICE, 'evil.test');
    chmodSync(file, 0o606);
    expect(() => readMemory(paths)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  });
});

describe('forgetting', () => {
  test('removes everything and names it', async () => {
    await rememberAddress(paths, ALICE, { card: true });
    await rememberTrustedDomain(paths, ALICE, 'other.test');
    await rememberDiscovery(paths, ALICE, FOUND, NOW);
    expect((await forgetAll(paths)).removed).toEqual([
      { kind: 'address', name: ALICE },
      { kind: 'trusted-domain', name: 'other.test', detail: `of ${ALICE}` },
      { kind: 'servers', name: ALICE },
    ]);
    expect(findSecrets([ALICE, 'alice', 'other.test', 'pool.lab.test'], filesBelow(dir))).toEqual([]);
    expect([readMemory(paths).lastAddress, readMemory(paths).cardUsed]).toEqual([undefined, false]);
  });

  test('finds nothing where nothing is', async () => {
    expect(await forgetAll(paths)).toEqual({ removed: [] });
    await rememberAddress(paths, ALICE, { card: true });
    await forgetAll(paths);
    expect(await forgetAll(paths)).toEqual({ removed: [] });
  });

  test('removes what cannot be read, too, and what a killed run left', async () => {
    plant(file, `{"version":1,"lastAddress":"${ALICE}`);
    writeFileSync(join(paths.signInDir, '.memory.json.4711.abcdef012345.tmp'), ALICE);
    expect((await forgetAll(paths)).removed).toEqual([{ kind: 'memory', name: file, detail: 'could not be read' }]);
    expect(findSecrets([ALICE], filesBelow(dir))).toEqual([]);
  });

  test('names what is left when all that is known is that a card was used', async () => {
    plant(file, { version: 1, cardUsed: true, entries: [] });
    expect((await forgetAll(paths)).removed).toEqual([{ kind: 'memory', name: file }]);
  });

  test('waits for one that is remembering, and ends with BUSY when that takes too long', async () => {
    await withLock(paths, `memory ${file}`, async () => {
      await expect(forgetAll(paths)).rejects.toMatchObject({
        code: 'BUSY',
        message: expect.stringContaining('is changing what is remembered of sign-ins'),
      });
    });
  });
});
