import { afterEach, expect, test } from 'vitest';
import { endingOnSignal, withDefaultSignals } from '../../../src/ui/signals.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const mine: (() => void)[] = [];

afterEach(() => {
  for (const signal of SIGNALS) for (const listener of mine) process.off(signal, listener);
});

function listen(): void {
  for (const signal of SIGNALS) {
    const listener = () => {};
    mine.push(listener);
    process.on(signal, listener).once(signal, listener);
  }
}

const listeners = () => SIGNALS.map((signal) => process.rawListeners(signal));

test('during the call nobody listens; after it exactly those of before do', () => {
  listen();
  const before = listeners();
  expect(withDefaultSignals(() => listeners())).toEqual([[], [], []]);
  expect(listeners()).toEqual(before);
});

test('the listeners come back when the call fails', () => {
  listen();
  const before = listeners();
  expect(() =>
    withDefaultSignals(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(listeners()).toEqual(before);
});

test('work that ends on a signal leaves no listener behind', async () => {
  const before = listeners();
  expect(
    await endingOnSignal(
      () => {},
      async () => listeners().map((list) => list.length),
    ),
  ).toEqual(before.map((list) => list.length + 1));
  expect(listeners()).toEqual(before);
});
