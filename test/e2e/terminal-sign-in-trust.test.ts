/** A person at a terminal who is asked whether a server belongs to the organisation. */
import { beforeEach, expect, test } from 'vitest';
import { openProgram } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { useSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
/** The home server of the user, by a name that nobody vouched for. */
const ELSEWHERE = '127.0.0.1';
const QUESTION = `is at ${ELSEWHERE}, which is not in lab.test.`;
const lab = useSignInLab();

beforeEach(() => lab.faults('homed-elsewhere'));

function open(): Terminal {
  return openProgram(['sign-in', ALICE], { env: lab.env, columns: 200 });
}

test('a server that nobody vouched for is asked about once, and remembered until it is forgotten', async () => {
  const first = open();
  await first.waitFor(QUESTION);
  await first.waitFor('Does it belong to your organisation, and may it see your sign-in?');
  first.write('y\r');
  await first.waitFor(`${ELSEWHERE} is remembered as trusted for ${ALICE} (lyncauth forget-credentials forgets it)`);
  await first.waitFor(`signed in as Alice Example (${ALICE}) at https://${ELSEWHERE}:`);
  expect(await first.exit()).toEqual({ code: 0, signal: null });
  await first.close();

  // Whoever was asked twice would not have got here with one answer.
  const second = open();
  await second.waitFor('signed in as');
  expect(await second.exit()).toEqual({ code: 0, signal: null });
  expect(second.raw()).not.toContain(QUESTION);
  // An unattended run may rely on it as well.
  expect((await lab.signIn([ALICE])).code).toBe(0);

  const forgotten = await lab.run(['forget-credentials', '--json']);
  expect(forgotten.json().result.removed).toContainEqual({ kind: 'trusted-domain', name: ELSEWHERE, detail: `of ${ALICE}` });
  const unattended = await lab.signIn([ALICE]);
  expect([unattended.code, unattended.json().error.code]).toEqual([9, 'DOMAIN_UNTRUSTED']);
});

test('the answer that is offered is no: nothing is signed in, sent or remembered', async () => {
  const person = open();
  await person.waitFor(QUESTION);
  person.write('\r');
  await person.waitFor(`is at ${ELSEWHERE}, which is outside of lab.test`);
  await person.waitFor(`--trust-domain ${ELSEWHERE}`);
  expect(await person.exit()).toEqual({ code: 9, signal: null });
  expect(lab.stored()).toEqual([]);
  expect(lab.applications()).toEqual([]);
});
