import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.stop());

test('a card is enrolled, and a second run changes nothing and asks the CA nothing', async () => {
  const first = await lab.enroll();
  expect(first.code, first.stderr).toBe(0);
  expect(first.json()).toMatchObject({
    ok: true,
    command: 'enroll',
    result: { status: 'issued', requestId: '83', certificate: { upn: 'alice@lab.test' } },
  });
  const exchanges = lab.log().length;
  const second = await lab.enroll();
  expect(second.code).toBe(0);
  expect(second.json().result.status).toBe('unchanged');
  expect(lab.log()).toHaveLength(exchanges);
  expect(lab.submissions()).toBe(1);
  expect(lab.journal()).toEqual([]);
});
