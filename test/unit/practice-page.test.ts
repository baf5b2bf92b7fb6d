/** docs/practice.md shows every switch there is and where it comes from. LYNCAUTH_UPDATE_DOCS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { faultDescriptions } from '../../src/lab/faults.js';
import { adfsSources } from '../support/practice-page/adfs.js';
import { caSources } from '../support/practice-page/ca.js';
import { isReal, type Switch } from '../support/practice-page/known.js';
import { practicePage } from '../support/practice-page/page.js';
import { poolSources } from '../support/practice-page/pool.js';

const page = join(import.meta.dirname, '../../docs/practice.md');
const sources: Readonly<Record<string, Switch>> = { ...caSources, ...adfsSources, ...poolSources };

test('the page is the one that the switches make', () => {
  const text = practicePage();
  if (process.env.LYNCAUTH_UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

test.each(Object.entries(faultDescriptions))('%s says what it and each of its values do, and what is known of them', (name, text) => {
  const [usual, ...values] = text.split('; =');
  const source = sources[name] as Switch;

  expect(usual).toMatch(/\w{2}/);
  for (const value of values) expect(value).toMatch(/^[\w.-]+: \w/);
  const words = values.map((value) => value.split(':')[0]);
  if (!isReal(source)) expect(Object.keys(source).sort()).toEqual(words.sort());
  for (const [, real] of isReal(source) ? [source] : Object.values(source)) expect(real).toMatch(/^\w.*[^.]$/);
});
