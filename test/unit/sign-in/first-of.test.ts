/** Several attempts of which the first answer counts, with ones that answer, hang, or have nothing to say. */
import { expect, test } from 'vitest';
import { type Attempt, firstOf } from '../../../src/sign-in/first-of.js';

const NEVER = 60_000;
const events: string[] = [];

/** Ends when nobody waits for it any more. */
const hanging =
  (name: string): Attempt<string> =>
  async (signal) => {
    events.push(`begin ${name}`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    events.push(`end ${name}`);
    throw new Error('interrupted');
  };
const answering =
  (name: string, answer: string | undefined = name): Attempt<string> =>
  async () => {
    events.push(`begin ${name}`);
    return answer;
  };
const silent =
  (name: string): Attempt<string> =>
  async () => {
    events.push(`begin ${name}`);
    return undefined;
  };

const run = async (attempts: Attempt<string>[], headStartMs: number, signal?: AbortSignal) => {
  events.length = 0;
  return await firstOf(attempts, headStartMs, signal);
};

test('the first that answers is enough: no other is begun', async () => {
  expect(await run([answering('a'), answering('b')], 0)).toBe('a');
  expect(events).toEqual(['begin a']);
});

test('one without an answer leaves it to the next at once, however long its head start', async () => {
  expect(await run([silent('a'), silent('b'), answering('c')], NEVER)).toBe('c');
  expect(events).toEqual(['begin a', 'begin b', 'begin c']);
});

test('one that hangs is not waited for, and is ended', async () => {
  expect(await run([hanging('a'), answering('b')], 1)).toBe('b');
  expect(events).toEqual(['begin a', 'begin b', 'end a']);
});

test('all that hang are begun one after the other, and the next waits for no head start once they have no answer', async () => {
  const released = new AbortController();
  const late: Attempt<string> = async () => {
    events.push('begin late');
    await new Promise((resolve) => released.signal.addEventListener('abort', resolve, { once: true }));
    return undefined;
  };
  const releasing: Attempt<string> = async () => {
    events.push('begin releasing');
    released.abort();
    return undefined;
  };
  expect(await run([late, releasing, silent('a'), answering('b')], 1)).toBe('b');
  expect(events).toEqual(['begin late', 'begin releasing', 'begin a', 'begin b']);
});

test('without any answer there is none', async () => {
  expect(await run([silent('a'), silent('b')], NEVER)).toBeUndefined();
  expect(await run([], NEVER)).toBeUndefined();
});

test('what is thrown ends it all', async () => {
  const failing: Attempt<string> = async () => {
    throw new Error('no such setting');
  };
  await expect(run([hanging('a'), failing, answering('b')], 1)).rejects.toThrow('no such setting');
  expect(events).toEqual(['begin a', 'end a']);
});

test('when nobody waits any more nothing else is begun', async () => {
  const caller = new AbortController();
  const leaving: Attempt<string> = async () => {
    caller.abort();
    return undefined;
  };
  expect(await run([leaving, answering('b')], NEVER, caller.signal)).toBeUndefined();
  expect(events).toEqual([]);
});
