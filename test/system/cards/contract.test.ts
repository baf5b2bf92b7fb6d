/** One contract for every card stack, a story of its own for each. What each does stands in expected.ts, and docs/cards.md shows it. */
import { describe, expect, test } from 'vitest';
import { openBench } from '../../support/card-contract/bench.js';
import { cells, stackKinds } from '../../support/card-contract/contract.js';
import { expected } from '../../support/card-contract/expected.js';
import { shared } from '../../support/shared.js';

describe.each(stackKinds.map((kind) => [kind.title, kind] as const))('%s', (_title, kind) => {
  const bench = shared(
    () => openBench(kind),
    (opened) => opened.stop(),
  );

  test.each(cells.map((cell) => [cell.title, cell] as const))('%s', async (_title, { id, run }) => {
    const wanted = expected[id][kind.id];
    expect(await run(bench)).toEqual(typeof wanted === 'string' ? { does: wanted } : { cannot: wanted.cannot });
  });
});
