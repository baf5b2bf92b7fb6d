/** lyncauth doctor where a card is enrolled, or is about to be. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { found } from '../support/doctor.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.stop());

test('an enrolled card is well, in a few lines: 0', async () => {
  await lab.enroll();
  const { bad } = found(await lab.run(['doctor', '--json']), 0);
  expect(bad).toEqual([]);
  const { stdout, code } = await lab.run(['doctor']);
  expect(stdout).toMatch(/^ok {4}certificate, card "Test card": that of alice@lab\.test is valid until \d{4}-\d\d-\d\d$/m);
  expect(stdout).toMatch(/\nok {4}enrollment: none is open\nall is well\n$/);
  expect([code, stdout.split('\n').length]).toEqual([0, 9]);
});

test('a request that waits is named with the command that goes on: 0', async () => {
  lab.faults('pending');
  const pending = (await lab.enroll()).json().result;
  const { bad } = found(await lab.run(['doctor', '--json']), 0);
  expect(bad).toContainEqual(
    expect.objectContaining({
      id: 'enrollments',
      status: 'warn',
      detail: expect.stringContaining(`request ${pending.requestId} waits to be issued for alice@lab.test at `),
      fix: `lyncauth enroll --resume ${pending.requestId}`,
    }),
  );
  expect(bad.filter(({ id }) => id === 'keys')).toEqual([]);
});
