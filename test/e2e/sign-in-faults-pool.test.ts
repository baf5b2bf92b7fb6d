/** Every fault of the way to the pool and of the pool: exit code, error code, sentence and hint of the built program. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { expectOutcome } from '../support/sign-in-outcomes/expect-outcome.js';
import { finding } from '../support/sign-in-outcomes/finding.js';
import { titleOf } from '../support/sign-in-outcomes/outcome.js';
import { account, services } from '../support/sign-in-outcomes/pool.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

let lab: SignInLab;

beforeAll(async () => {
  lab = await startSignInLab();
});
afterAll(() => lab.stop());

describe.each([finding, account, services])('$title', ({ rows }) => {
  test.each(rows.filter(({ given }) => given === undefined).map((row) => [titleOf(row), row] as const))('%s', async (_, row) => {
    await expectOutcome(lab, row);
  });
});
