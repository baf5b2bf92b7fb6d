import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Journal } from '../../../src/enrollment/journal.js';
import { findByRequestId, findOpen, guessOpen, isUnderWay, onlyOpen, openRecord } from '../../../src/enrollment/open-requests.js';
import { plan } from './parts.js';

const card = { serial: '0123', label: 'Test card' };
const now = new Date('2026-01-01T00:00:00Z');
let dir: string;
let journal: Journal;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-journal-'));
  journal = new Journal(join(dir, 'journal'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('what was written is found again by another process, whatever the case of user and template', () => {
  const record = journal.begin(card, plan(), now);
  journal.advance(record, 'submitted', { requestId: '83', keyId: 'ab' });
  const again = new Journal(join(dir, 'journal')).find({
    ca: 'https://ca.test/certsrv',
    card: '0123',
    template: 'smartcarduser',
    upn: 'ALICE@lab.test',
  });
  expect(again).toEqual(record);
  expect(again?.requestId).toBe('83');
});

test('the folder is for its owner only', () => {
  journal.begin(card, plan(), now);
  expect(statSync(join(dir, 'journal')).mode & 0o777).toBe(0o700);
});

test('a closed record is gone', () => {
  const record = journal.begin(card, plan(), now);
  journal.close(record);
  expect(journal.all()).toEqual([]);
});

test('a new plan takes over in one write how far the PIN was changed', () => {
  const earlier = journal.begin(card, plan(), now);
  journal.advance(earlier, 'changing-pin');
  const record = journal.begin(card, plan({ upn: 'bob@lab.test' }), now, earlier);
  expect(record.step).toBe('changing-pin');
  expect(journal.all()).toEqual([record]);
});

describe('open requests', () => {
  test('a record is under way once its key may exist', () => {
    const record = journal.begin(card, plan(), now);
    expect(isUnderWay(record)).toBe(false);
    journal.advance(record, 'making-key', { keyId: 'ab' });
    expect(isUnderWay(record)).toBe(true);
  });

  test('several that fit are an error that names them', () => {
    journal.advance(journal.begin(card, plan(), now), 'submitted', { requestId: '83' });
    journal.advance(journal.begin(card, plan({ template: 'SmartcardLogon' }), new Date(now.getTime() + 1)), 'submitted', {
      requestId: '84',
    });
    expect(() => onlyOpen(findOpen(journal, { card: '0123' }))).toThrow(/83, 84/);
    expect(onlyOpen(findOpen(journal, { template: 'smartcardlogon' }))?.requestId).toBe('84');
  });

  test('an id the CA told a person belongs to the one request that got no answer', () => {
    journal.advance(journal.begin(card, plan(), now), 'submitting', { keyId: 'ab' });
    const record = findByRequestId(journal, '85', { card: '0123' });
    expect(record.step).toBe('submitted');
    expect(journal.all()[0]?.requestId).toBe('85');
  });

  test('an unknown id is refused', () => {
    expect(() => findByRequestId(journal, '85', {})).toThrow(expect.objectContaining({ code: 'REQUEST_NOT_FOUND' }));
  });

  test('an id that a person gave can be corrected, one that the CA gave cannot', () => {
    journal.advance(journal.begin(card, plan(), now), 'submitting', { keyId: 'ab' });
    findByRequestId(journal, '85', { card: '0123' });
    expect(findByRequestId(journal, '86', { card: '0123' })).toMatchObject({ requestId: '86', requestIdTold: true });
    journal.advance(journal.begin(card, plan(), now), 'submitted', { requestId: '87' });
    expect(() => findByRequestId(journal, '88', {})).toThrow(expect.objectContaining({ code: 'REQUEST_NOT_FOUND' }));
  });

  test('cards of one TPM, which all have one serial number, have records of their own', () => {
    const cards = ['Work', 'Home'].map((label) => ({ serial: '0000000000000000', label }));
    const [work, home] = cards.map((each) => journal.begin(each, plan(), now));
    expect(journal.all()).toHaveLength(2);
    expect(cards.map((each) => openRecord(journal, each, {}, { ca: plan().ca }, undefined))).toEqual([work, home]);
  });

  test('the one that must be meant is known before the card is', () => {
    const first = journal.begin(card, plan(), now);
    journal.advance(first, 'submitted', { requestId: '83' });
    expect(guessOpen(journal.all(), undefined)).toEqual(first);
    const second = journal.begin({ serial: '0456', label: 'Other' }, plan(), new Date(now.getTime() + 1));
    journal.advance(second, 'submitting');
    expect(guessOpen(journal.all(), undefined)).toBeUndefined();
    expect(guessOpen(journal.all(), '83')).toEqual(first);
    expect(guessOpen(journal.all(), '84')).toEqual(second);
    journal.close(second);
    expect(() => guessOpen(journal.all(), '84')).toThrow(expect.objectContaining({ code: 'REQUEST_NOT_FOUND' }));
  });
});
