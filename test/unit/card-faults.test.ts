/** docs/card-faults.md shows what the tests expect, of every fault at every call. LYNCAUTH_UPDATE_DOCS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../src/errors.js';
import { sections } from '../support/card-fault-outcomes/all.js';
import { cardFaults } from '../support/card-fault-outcomes/document.js';
import { DOINGS, FAULTS, LOSING, titleOf } from '../support/card-fault-outcomes/outcome.js';

const page = join(import.meta.dirname, '../../docs/card-faults.md');
const rows = sections.flatMap((section) => section.rows);

test('the page is the one that the table makes', () => {
  const text = cardFaults(sections);
  if (process.env.LYNCAUTH_UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

test('the table has every fault at every call, and every lost answer of a call that leaves something on the card', () => {
  const wanted = Object.keys(DOINGS).flatMap((call) => FAULTS.map((fault) => `${fault} at ${call}`));
  const lost = ['C_GenerateKeyPair', 'C_CreateObject', 'C_SetPIN'].flatMap((call) =>
    LOSING.map((fault) => `${fault} at ${call}, when it is done`),
  );
  expect(rows.map(titleOf).sort()).toEqual([...wanted, ...lost].sort());
});

test('every error has its exit code', () => {
  for (const { ends } of rows) if (ends !== 'SIGSEGV') expect([ends.code, ends.exit]).toEqual([ends.code, ERROR_EXIT_CODES[ends.code]]);
});
