/** A CA whose template leaves the user principal name out: what a person may accept at a terminal, and what comes of it. */
import { afterEach, expect, test } from 'vitest';
import { converse, openProgram, unanswered } from '../support/dialog.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;

afterEach(() => lab.stop());

test('a certificate that names no user is shown as such; once it is accepted, nobody can sign in with it', async () => {
  lab = await startLab();
  lab.faults('no-upn');
  const terminal = openProgram(['enroll', '--key-type', 'p256', '--template', 'SmartcardLogon', '--hash', 'sha256', '--name', 'Nobody'], {
    env: unanswered(lab, ['CA', 'USER', 'CARD', 'PASSWORD_FILE', 'PIN_FILE']),
  });
  await terminal.waitFor(/user {12}\(none\)/);
  await converse(terminal, [{ question: 'Install it?', answer: '' }]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });

  const run = await lab.run(['sign-in', 'alice@lab.test', '--json', '--no-input']);
  expect([run.code, run.json().error]).toMatchObject([3, { code: 'NO_CERTIFICATE', message: expect.stringContaining('names no user') }]);
});
