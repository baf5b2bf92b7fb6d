/** docs/interop.md shows what the tests in test/system/interop expect. LYNCAUTH_UPDATE_DOCS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { interopPage } from '../support/interop/document.js';

const page = join(import.meta.dirname, '../../docs/interop.md');

test('the page is the one that the table makes', () => {
  const text = interopPage();
  if (process.env.LYNCAUTH_UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});
