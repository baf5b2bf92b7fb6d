import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { until } from '../support/interrupt.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.stop());

test('a run that finds the card taken for long ends with 10 and names the process', async () => {
  lab.faults('slow=4000@submit');
  const first = lab.enroll(['--key-type', 'p256']);
  await until(() => lab.submissions() === 1);
  const second = await lab.enroll(['--key-type', 'p256']);
  expect(second.code, second.stderr).toBe(10);
  expect(second.json().error).toMatchObject({ code: 'BUSY', details: { pid: expect.any(Number) } });
  expect((await first).code).toBe(0);
  expectOneEnrollment(lab);
  expect(lab.submissions()).toBe(1);
});

test('runs on one card take turns: one enrolls it, the others find it enrolled or busy', async () => {
  const results = await Promise.all([1, 2, 3].map(() => lab.enroll(['--key-type', 'p256'])));
  const ends = results.map((result) => result.json().result?.status ?? result.json().error.code);
  expect(ends.filter((end) => end === 'issued')).toHaveLength(1);
  expect(ends.filter((end) => !['issued', 'unchanged', 'BUSY'].includes(end))).toEqual([]);
  expectOneEnrollment(lab);
  expect(lab.submissions()).toBe(1);
});

test('two cards are enrolled side by side', async () => {
  lab.token.add({ label: 'Second card' });
  const labels = ['Test card', 'Second card'];
  const results = await Promise.all(labels.map((label) => lab.enroll(['--key-type', 'p256', '--card', label])));
  for (const result of results) expect(result.code, result.stderr).toBe(0);
  const keys = labels.map((label) => expectOneEnrollment(lab, { label }).keyId);
  expect(new Set(keys).size).toBe(2);
  expect(lab.submissions()).toBe(2);
});

test('two cards without --card: the run ends with 2 and lists them', async () => {
  lab.token.add({ label: 'Second card' });
  const result = await lab.enroll([], { env: { LYNCAUTH_CARD: undefined } });
  expect([result.code, result.json().error.code]).toEqual([2, 'CARD_AMBIGUOUS']);
  expect(JSON.stringify(result.json().error)).toMatch(/Test card.*Second card|Second card.*Test card/);
});

test('two runs that go on with the same enrollment send its request once', async () => {
  const own = await startLab();
  try {
    own.faults('error-page');
    expect((await own.enroll(['--key-type', 'p256'])).code).toBe(9);
    expect(own.journal()).toMatchObject([{ step: 'key-made' }]);
    // Long enough that both have read the journal before one of them changes it, short enough that the other waits for the card.
    own.faults('slow=700@submit');
    const results = await Promise.all([own.enroll(['--resume']), own.enroll(['--resume'])]);
    expect(own.submissions()).toBe(1);
    expect(results.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(results.find(({ code }) => code === 2)?.json().error.code).toBe('REQUEST_NOT_FOUND');
    expect(own.journal()).toEqual([]);
  } finally {
    await own.stop();
  }
});
