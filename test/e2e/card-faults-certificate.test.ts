/** Every fault of a driver at the signatures of an enrollment and at its certificate: how it ends, what is on the card, what the next run does. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { installation, signature } from '../support/card-fault-outcomes/enroll.js';
import { expectEnrollOutcome } from '../support/card-fault-outcomes/expect-outcome.js';
import { goesOn, titleOf } from '../support/card-fault-outcomes/outcome.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;

beforeAll(async () => {
  lab = await startLab({ faultModule: true });
});
afterAll(() => lab.stop());

describe.each([signature, installation])('$title', ({ rows }) => {
  test.each(rows.map((row) => [titleOf(row), row] as const))('%s', async (_, row) => {
    await expectEnrollOutcome(lab, row, goesOn(row, rows));
  });
});
