/** docs/troubleshooting.md shows what the tests expect, and these know every switch. LYNCAUTH_UPDATE_DOCS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../src/errors.js';
import { adfsFaults } from '../../src/lab/adfs-fault-texts.js';
import { poolFaults } from '../../src/lab/fault-texts.js';
import { outcomes, sections } from '../support/sign-in-outcomes/all.js';
import { troubleshooting } from '../support/sign-in-outcomes/document.js';
import { titleOf } from '../support/sign-in-outcomes/outcome.js';
import { signedInAnyway } from '../support/sign-in-outcomes/signed-in.js';

const page = join(import.meta.dirname, '../../docs/troubleshooting.md');
const covered = new Set(outcomes.flatMap(({ faults }) => faults));
const SIGN_IN_STEPS = ['discovery', 'token', 'passive', 'adfs', 'application'];

/** A switch with every value it takes; with a number once with and once without. */
function spellings([name, text]: [string, string]): string[] {
  const values = [...text.matchAll(/; =([\w.-]+):/g)].map(([, word = '']) => word);
  if (values.length === 0) return [name];
  return values.flatMap((value) => (/^[A-Z]+$/.test(value) ? [name, `${name}=NUMBER`] : [`${name}=${value}`]));
}

test('the page is the one that the table makes', () => {
  const text = troubleshooting(sections, signedInAnyway);
  if (process.env.LYNCAUTH_UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

test('the table has every switch of the pool and of AD FS, with every value that it takes', () => {
  const withNumbers = new Set([...covered].map((fault) => fault.replace(/=\d+$/, '=NUMBER')));
  const wanted = [...Object.entries(poolFaults), ...Object.entries(adfsFaults)].flatMap(spellings);
  expect(wanted.filter((fault) => !withNumbers.has(fault) && !covered.has(fault))).toEqual([]);
});

test('the table has every fault of a transfer at every step of a sign-in', () => {
  const faults = ['redirect', 'server-error', 'huge-body', 'huge-body=gzip', 'slow=60000'];
  const wanted = SIGN_IN_STEPS.flatMap((step) => faults.map((fault) => `${fault}@${step}`));
  expect(wanted.filter((fault) => !covered.has(fault))).toEqual([]);
});

test('no conditions stand in it twice, and every error has its exit code', () => {
  const titles = outcomes.map(titleOf);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  for (const outcome of outcomes)
    if ('code' in outcome) expect([outcome.code, outcome.exit]).toEqual([outcome.code, ERROR_EXIT_CODES[outcome.code]]);
});
