/** A card that cannot be marked for a change of its PIN at first use: that is said before, or the card keeps what it has. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { ENROLLED, useHandedOutCard } from '../support/handed-out.js';

/** The card is full when the mark is written, after the key pair and the certificate. */
const FULL_AT_MARK = 'fail C_CreateObject CKR_DEVICE_MEMORY skip=2';
const at = useHandedOutCard();
const { lab } = at;
const codeOf = (run: CliResult) => [run.code, run.json().error?.code];

test('it is refused before a key is made where its driver keeps no data objects', async () => {
  lab.card.rules(['fail C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID']);
  const run = await at.handOut();
  expect(codeOf(run), run.stderr).toEqual([3, 'CARD_UNSUPPORTED']);
  expect(run.json().error).toMatchObject({
    message: expect.stringContaining('cannot be marked'),
    hint: expect.stringContaining('--pin-change now'),
  });
  expect([at.kinds(), lab.journal(), at.submissions(), lab.card.calls('C_GenerateKeyPair')]).toEqual([[], [], 0, []]);
});

test('it is refused before anything where its driver has fixed objects only', async () => {
  lab.card.rules(['manufacturer Yubico (www.yubico.com)']);
  const requests = lab.log().length;
  const run = await at.handOut('--module', lab.env.LYNCAUTH_MODULE ?? '');
  expect(codeOf(run), run.stderr).toEqual([3, 'CARD_UNSUPPORTED']);
  expect([lab.card.calls('C_Login'), lab.log().length]).toEqual([[], requests]);
});

test('it keeps its certificate when only the mark fails: that is said, and the same command tries again', async () => {
  lab.card.rules([FULL_AT_MARK]);
  const run = await at.handOut();
  expect(codeOf(run), run.stderr).toEqual([3, 'CARD_FULL']);
  expect(run.json().error).toMatchObject({
    message: expect.stringContaining('the certificate is installed, but the card is not marked'),
    hint: expect.stringContaining('lyncauth enroll --abandon'),
  });
  expect([at.kinds(), lab.journal()]).toMatchObject([ENROLLED, [{ step: 'installed', atFirstUse: true }]]);
  await at.expectFinished();
});

test('it can be done without the mark', async () => {
  lab.card.rules([FULL_AT_MARK]);
  await at.handOut();
  lab.card.rules([]);
  const dropped = await at.enroll('--abandon');
  expect([dropped.code, dropped.json().result], dropped.stderr).toMatchObject([0, { status: 'abandoned', keyRemoved: false }]);
  expect([at.kinds(), lab.journal()]).toEqual([ENROLLED, []]);
});

test('a new PIN and a change at first use contradict each other', async () => {
  const run = await at.handOut('--new-pin-file', join(lab.dir, 'pin-new'));
  expect(codeOf(run), run.stderr).toEqual([2, 'USAGE']);
  expect(lab.card.log()).toEqual([]);
});
