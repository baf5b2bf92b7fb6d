/** The time that all exchanges of a sign-in may take together. */
import { expect, test } from 'vitest';
import { whileCardWorks } from '../../../src/http/limit.js';
import { createTimeBudget, isTimeUsedUp } from '../../../src/http/time-budget.js';
import { failure } from '../../support/failure.js';

const url = new URL('https://sts.lab.test:8443/adfs/ls/');

/** Keeps the process busy. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const taking = (ms: number) => async () => busy(ms);

test('gives back what an exchange gives, and passes its error on', async () => {
  const budget = createTimeBudget(1000);
  expect(await budget.spend(url, async () => 'answer')).toBe('answer');
  await expect(budget.spend(url, () => Promise.reject(new Error('cut')))).rejects.toThrow('cut');
});

test('once it is used up no further exchange begins', async () => {
  const budget = createTimeBudget(40);
  await budget.spend(url, taking(25));
  await budget.spend(url, taking(25));
  let begun = false;
  const error = await failure(
    budget.spend(url, async () => {
      begun = true;
    }),
  );
  expect(error).toMatchObject({
    code: 'TIMEOUT',
    message:
      'the whole sign-in took longer than the 0.04 seconds that its servers may take together; sts.lab.test:8443 is not asked any more',
    hint: expect.stringContaining('--timeout'),
    details: { requestSent: false },
  });
  expect(begun).toBe(false);
  expect(isTimeUsedUp(error)).toBe(true);
});

test('an exchange that fails has cost time as well', async () => {
  const budget = createTimeBudget(20);
  const failing = budget.spend(url, async () => {
    busy(25);
    throw new Error('cut');
  });
  await expect(failing).rejects.toThrow('cut');
  expect((await failure(budget.spend(url, taking(0)))).code).toBe('TIMEOUT');
});

test('neither the time between exchanges counts, nor what a card takes', async () => {
  const budget = createTimeBudget(500);
  await budget.spend(url, async () => whileCardWorks(() => busy(600)));
  busy(600);
  await budget.spend(url, taking(0));
});

test('exchanges at the same time count once', async () => {
  const budget = createTimeBudget(2000);
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const together = Array.from({ length: 20 }, () => budget.spend(url, () => held));
  busy(150);
  finish();
  await Promise.all(together);
  await budget.spend(url, taking(0));
});
