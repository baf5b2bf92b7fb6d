/** Runs that are killed while they mark a card for a change of its PIN, or take the mark off: the next one finishes. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NEW_PIN } from '../support/dialog.js';
import { ENROLLED, MARKED, useHandedOutCard } from '../support/handed-out.js';
import { secretFile } from '../support/secret-files.js';

const at = useHandedOutCard();
const { lab } = at;

test.each([
  ['while it finds out whether the card can be marked', 'kill C_DestroyObject', 'planned', ['other']],
  ['before the certificate is on the card', 'kill C_CreateObject skip=1', 'issued', ['private key', 'public key']],
  ['after the certificate, before the mark', 'kill C_CreateObject skip=2', 'installed', ENROLLED],
  ['after the mark', 'kill C_CreateObject skip=2 before=0', 'installed', MARKED],
])('%s: the same command finishes it, and its own mark does not stop it', async (_when, rule, step, left) => {
  lab.card.rules([rule]);
  const killed = await at.handOut();
  expect(killed.signal, killed.stderr).toBe('SIGKILL');
  expect([lab.journal()[0]?.step, at.kinds()]).toEqual([step, left]);
  await at.expectFinished();
});

test('while it finds out whether the card can be marked: --abandon takes that mark off', async () => {
  lab.card.rules(['kill C_DestroyObject']);
  await at.handOut();
  lab.card.rules([]);
  const run = await at.enroll('--abandon');
  expect([run.code, at.kinds(), lab.journal()], run.stdout).toEqual([0, [], []]);
});

test('after the certificate: --resume and a plain run know that the card is to be marked', async () => {
  lab.card.rules(['kill C_CreateObject skip=2']);
  await at.handOut();
  lab.card.rules([]);
  const again = await at.enroll('--resume');
  expect(again.json().result, again.stderr).toMatchObject({ status: 'issued', pinState: 'must-change' });
  expect([at.kinds(), lab.journal()]).toEqual([MARKED, []]);
});

test('between the change of the PIN and the end of the mark: the PIN is changed, the mark stays, and the next change removes it', async () => {
  at.bring();
  lab.card.rules(['kill C_DestroyObject']);
  expect((await at.changePin()).signal).toBe('SIGKILL');
  lab.card.rules([]);
  expect(at.kinds(NEW_PIN)).toEqual(MARKED);
  const next = secretFile(lab.dir, 'pin-next', '86421357');
  const again = await at.changePin('--pin-file', join(lab.dir, 'pin-new'), '--new-pin-file', next);
  expect(again.code, again.stderr).toBe(0);
  expect(at.kinds('86421357')).toEqual(ENROLLED);
});
