/** docs/cards.md shows what the contract of all card stacks expects. LYNCAUTH_UPDATE_DOCS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cells, stackKinds } from '../support/card-contract/contract.js';
import { cardsPage } from '../support/card-contract/document.js';
import { expected } from '../support/card-contract/expected.js';

const page = join(import.meta.dirname, '../../docs/cards.md');

test('the page is the one that the contract makes', () => {
  const text = cardsPage(stackKinds, cells);
  if (process.env.LYNCAUTH_UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

test('no cell is empty or stands twice, and what cannot be done has its reason', () => {
  expect(cells.map(({ id }) => id).sort()).toEqual(Object.keys(expected).sort());
  for (const { id } of cells)
    for (const kind of stackKinds) {
      const cell = expected[id][kind.id];
      if (typeof cell === 'string') expect(cell).toMatch(/\w/);
      else expect([cell.cannot, cell.because]).toEqual([expect.stringMatching(/`(CKR_|[A-Z])\w+`/), expect.stringMatching(/^\w.*\.$/)]);
    }
});
