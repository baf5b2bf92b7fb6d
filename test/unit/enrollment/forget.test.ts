/** Forgetting a user in open enrollments, which must still be found and finished. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { enrollmentTraces, forgetEnrollments } from '../../../src/enrollment/forget.js';
import { Journal } from '../../../src/enrollment/journal.js';
import { withLock } from '../../../src/store/locks.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { writePrivateFile } from '../../../src/store/private-files.js';
import { failure } from '../../support/failure.js';
import { filesBelow, findSecrets } from '../../support/needles.js';
import { tempDir } from '../../support/temp-dir.js';
import { plan } from './parts.js';

const card = { serial: '0123', label: 'Test card' };
const now = new Date('2026-01-01T00:00:00Z');
const KEEP = { abandon: false };
let dir: string;
let paths: StatePaths;
let journal: Journal;

beforeEach(() => {
  dir = tempDir('forget');
  paths = statePaths({ HOME: dir });
  journal = new Journal(paths.journalDir);
});

test('a waiting request keeps its number, its key and its step, and loses every name of its user', async () => {
  const clientInfo = { host: 'h', user: 'alice@lab.test', process: 'p' };
  const record = journal.begin(card, plan({ name: 'alice@lab.test', clientInfo }), now);
  journal.advance(record, 'submitted', { requestId: '83', keyId: 'ab', pinChanged: true });
  expect(enrollmentTraces(paths, KEEP).users()).toEqual(['alice@lab.test']);
  expect(await forgetEnrollments(paths, KEEP)).toEqual({
    removed: [{ kind: 'user-name', name: 'alice@lab.test', detail: 'of request 83 at https://ca.test/certsrv' }],
    kept: [{ requestId: '83', ca: 'https://ca.test/certsrv', card, upn: null }],
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
  expect(enrollmentTraces(paths, KEEP).users()).toEqual([]);
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
    { kind: 'request', name: '83 at https://ca.test/certsrv', detail: 'its key abcd stays on card "Test card"' },
  ]);
  expect(journal.all()).toEqual([]);
});

test('saved certificates are removed, and nothing beside them', async () => {
  const [saved, other] = ['a.pem', 'notes.txt'].map((name) => join(paths.savedDir, name)) as [string, string];
  for (const file of [saved, other]) writePrivateFile(file, 'x');
  expect((await forgetEnrollments(paths, KEEP)).removed).toEqual([{ kind: 'saved-certificate', name: saved }]);
  expect([saved, other].map((file) => existsSync(file))).toEqual([false, true]);
});

test('an enrollment that runs now is not disturbed', async () => {
  journal.begin(card, plan(), now);
  await withLock(paths, card.serial, async () => {
    expect((await failure(forgetEnrollments(paths, KEEP))).code).toBe('BUSY');
  });
  expect(journal.all()[0]?.plan.upn).toBe('alice@lab.test');
});
