import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetEnrollments } from '../../../src/enrollment/forget.js';
import { Journal } from '../../../src/enrollment/journal.js';
import { withLock } from '../../../src/store/locks.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { writePrivateFile } from '../../../src/store/private-files.js';
import { failure } from '../../support/failure.js';
import { filesBelow, findSecrets } from '../../support/needles.js';
import { plan } from './parts.js';

const card = { serial: '0123', label: 'Test card' };
const now = new Date('2026-01-01T00:00:00Z');
const KEEP = { abandon: false };
let dir: string;
let paths: StatePaths;
let journal: Journal;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-forget-'));
  paths = statePaths({ HOME: dir });
  journal = new Journal(paths.journalDir);
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a waiting request keeps its number, its key and its step, and loses every name of its user', async () => {
  const clientInfo = { host: 'h', user: 'alice@lab.test', process: 'p' };
  const record = journal.begin(card, plan({ name: 'alice@lab.test', clientInfo }), now);
  journal.advance(record, 'submitted', { requestId: '83', keyId: 'ab', pinChanged: true });
  expect(await forgetEnrollments(paths, KEEP)).toEqual({
    removed: ['user name alice@lab.test of request 83 at https://ca.test/certsrv'],
    kept: [{ requestId: '83', ca: 'https://ca.test/certsrv', card, upn: null }],
    users: ['alice@lab.test'],
  });
  expect(journal.all()).toEqual([
    {
      ...{
        serial: '0123',
        cardLabel: 'Test card',
        startedAt: now.toISOString(),
        step: 'submitted',
        pinChanged: true,
        keyId: 'ab',
        requestId: '83',
      },
      plan: JSON.parse(JSON.stringify(plan({ upn: undefined, name: 'Test card' }))),
    },
  ]);
  expect(findSecrets(['alice'], filesBelow(paths.journalDir))).toEqual([]);
  expect((await forgetEnrollments(paths, KEEP)).removed).toEqual([]);
  expect(journal.all()).toHaveLength(1);
});

test('a certificate that was downloaded names its user: it is downloaded again', async () => {
  const record = journal.begin(card, plan(), now);
  journal.advance(record, 'issued', { requestId: '83', keyId: 'ab', certificate: 'AAAA' });
  await forgetEnrollments(paths, KEEP);
  const [kept] = journal.all();
  expect(kept?.step).toBe('submitted');
  expect(kept).not.toHaveProperty('certificate');
});

test('two requests that would be one without their users stay two, and the second says whose it is', async () => {
  for (const upn of ['alice@lab.test', 'bob@lab.test'])
    journal.advance(journal.begin(card, plan({ upn }), now), 'submitted', { requestId: upn.slice(0, 1) });
  const { kept } = await forgetEnrollments(paths, KEEP);
  expect(kept.map(({ upn }) => upn).sort()).toEqual([expect.stringMatching(/^(alice|bob)@lab\.test$/), null]);
  expect(journal.all()).toHaveLength(2);
});

test('abandon drops them and names the key that stays on the card', async () => {
  journal.advance(journal.begin(card, plan(), now), 'submitted', { requestId: '83', keyId: 'abcd' });
  expect((await forgetEnrollments(paths, { abandon: true })).removed).toEqual([
    'request 83 at https://ca.test/certsrv; its key abcd stays on card "Test card"',
  ]);
  expect(journal.all()).toEqual([]);
});

test('saved certificates are removed, and nothing beside them', async () => {
  const [saved, other] = ['a.pem', 'notes.txt'].map((name) => join(paths.savedDir, name)) as [string, string];
  for (const file of [saved, other]) writePrivateFile(file, 'x');
  expect((await forgetEnrollments(paths, KEEP)).removed).toEqual([`saved certificate ${saved}`]);
  expect([saved, other].map((file) => existsSync(file))).toEqual([false, true]);
});

test('an enrollment that runs now is not disturbed', async () => {
  journal.begin(card, plan(), now);
  await withLock(paths, card.serial, async () => {
    expect((await failure(forgetEnrollments(paths, KEEP))).code).toBe('BUSY');
  });
  expect(journal.all()[0]?.plan.upn).toBe('alice@lab.test');
});
