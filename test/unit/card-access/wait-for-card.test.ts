/** How soon a card that is inserted is noticed, by a clock that the test sets. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { waitForChange } from '../../../src/card-access/wait-for-card.js';
import type { CardModule } from '../../../src/pkcs11/module.js';

// the promises of Node's timers go by its own clock: these go by the test's
vi.mock('node:timers/promises', () => ({
  setTimeout: (milliseconds: number) => new Promise((resolve) => globalThis.setTimeout(resolve, milliseconds)),
}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Readers that hold a card, as they change. */
function readers(...present: string[]) {
  return { present, module: { presentReaders: () => [...present] } as unknown as CardModule };
}

test.each([0, 1, 249, 250, 251, 10_000])('a card that is inserted after %i milliseconds is noticed within half a second', async (after) => {
  const { present, module } = readers();
  let noticed = false;
  const waiting = waitForChange(module, [], Number.POSITIVE_INFINITY, undefined).then(() => {
    noticed = true;
  });
  await vi.advanceTimersByTimeAsync(after);
  expect(noticed).toBe(false);
  present.push('Reader 1');
  await vi.advanceTimersByTimeAsync(500);
  expect(noticed).toBe(true);
  await waiting;
});

test('a card that is taken out is a change as well', async () => {
  const { present, module } = readers('Reader 1', 'Reader 2');
  const waiting = waitForChange(module, ['Reader 1', 'Reader 2'], Number.POSITIVE_INFINITY, undefined);
  present.pop();
  await vi.advanceTimersByTimeAsync(500);
  await waiting;
});

test('when nothing changes, it ends at the deadline with what it was given for that', async () => {
  const late = new Error('nobody came');
  const waiting = expect(waitForChange(readers().module, [], Date.now() + 600, late)).rejects.toBe(late);
  await vi.advanceTimersByTimeAsync(600);
  await waiting;
});
