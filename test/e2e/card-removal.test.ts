/** A card that comes late, goes in the middle, or comes back as another one: unattended. Nothing is lost, and nothing is written twice or to a wrong card. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import type { CliResult } from '../support/cli.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { until } from '../support/interrupt.js';
import { startLab, type TestLab } from '../support/lab.js';

const ABSENT = 'card absent';
/** What may be asked without a word to a card. */
const OF_READERS = ['C_Initialize', 'C_GetInfo', 'C_GetSlotList', 'C_GetSlotInfo', 'C_Finalize'];

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab({ faultModule: true });
});
afterEach(() => lab.stop());

const enroll = (...args: string[]) => lab.enroll(['--key-type', 'p256', ...args]);
const called = () => [...new Set(lab.card.log().map((line) => line.split(' ')[0] ?? ''))];
const kinds = () => cardObjects(lab.token).map(({ kind }) => kind);

/** Starts an enrollment that waits for its card, and gives it one, under `rules`, while it waits. */
async function enrollWaiting(rules: string[]): Promise<{ run: Promise<CliResult> }> {
  lab.card.rules([ABSENT]);
  lab.card.clearLog();
  const run = enroll('--wait', '60');
  await until(() => lab.card.calls('C_GetSlotList').length > 6);
  expect(OF_READERS).toEqual(expect.arrayContaining(called()));
  lab.card.rules(rules);
  return { run };
}

/** Pulls the card while the call of the one rule with `times=` is under way. */
async function pullDuringCall(): Promise<void> {
  await until(() => lab.card.begun());
  lab.card.rules([ABSENT]);
}

function expectRemoved(run: CliResult): void {
  expect([run.code, run.json().error.code, run.json().error.hint], run.stderr).toEqual([
    3,
    'CARD_REMOVED',
    'insert the card again and run the command again',
  ]);
}

async function expectFinished(): Promise<void> {
  lab.card.rules([]);
  lab.faults();
  const { run } = await enrollWaiting([]);
  const { code, stderr } = await run;
  expect([code, stderr], stderr).toEqual([0, expect.stringContaining('insert your smart card')]);
  expectOneEnrollment(lab);
  expect(lab.submissions()).toBe(1);
}

describe('absent, inserted, removed, inserted: each run waits for the card, and the last one finishes', () => {
  test.each([
    ['before the key was made', '', []],
    ['when the key was made', ' before=0', ['private key', 'public key']],
  ])('removed during key generation, %s; then during the installation', async (_when, moment, left) => {
    const { run } = await enrollWaiting([`delay C_GenerateKeyPair 500 times=1${moment}`]);
    await pullDuringCall();
    expectRemoved(await run);
    expect([lab.journal(), kinds()]).toMatchObject([[{ step: 'making-key' }], left]);

    const again = await enrollWaiting([`delay C_CreateObject 500 times=1${moment}`]);
    await pullDuringCall();
    expectRemoved(await again.run);
    expect(lab.journal()).toMatchObject([{ step: 'issued' }]);
    expect(kinds()).toEqual([...(moment === '' ? [] : ['certificate']), 'private key', 'public key']);
    await expectFinished();
  });
});

test('--wait 1 ends with 3 when no card comes', async () => {
  lab.card.rules([ABSENT]);
  const run = await enroll('--wait', '1');
  expect(run.json().error).toEqual({
    code: 'NO_CARD',
    message: 'there is no card in the reader; waited 1 second for it',
    hint: 'insert the card',
    details: {},
  });
  expect(run.code).toBe(3);
  expect(OF_READERS).toEqual(expect.arrayContaining(called()));
});

test('a card that does not answer at once after it was inserted is waited for', async () => {
  const { run } = await enrollWaiting(['fail C_GetTokenInfo CKR_TOKEN_NOT_PRESENT times=4']);
  expect((await run).code).toBe(0);
  expectOneEnrollment(lab);
});

describe('another card in the reader, with which the driver goes on in the same session', () => {
  const OTHER = 'serial 00ff00ff';
  const swapped = (serial: string) => ({
    code: 'CARD_REMOVED',
    message: `card "Test card" was removed, and card "Test card" (serial ${serial}) is in its reader`,
    hint: 'insert card "Test card" again and run the command again',
  });

  test('while the CA decides: nothing is written to it, and the right card gets its certificate', async () => {
    lab.faults('slow=500@submit');
    const run = enroll();
    await until(() => lab.journal()[0]?.step === 'submitting');
    lab.card.rules([OTHER]);
    const result = await run;
    expect([result.code, result.json().error]).toMatchObject([3, swapped('00ff00ff')]);
    expect([lab.card.calls('C_CreateObject'), lab.journal()]).toMatchObject([[], [{ step: 'issued' }]]);
    await expectFinished();
  });

  test('before the login: it does not see the PIN', async () => {
    lab.faults('slow=500@templates');
    const run = enroll();
    await until(() => lab.log().some((entry) => 'path' in entry));
    lab.card.rules([OTHER]);
    const result = await run;
    expect([result.code, result.json().error]).toMatchObject([3, swapped('00ff00ff')]);
    expect([lab.card.calls('C_Login'), lab.journal()]).toEqual([[], []]);
    await expectFinished();
  });

  test('after the login: no key is made on it', async () => {
    lab.card.rules(['delay C_Login 500 times=1 before=0']);
    const run = enroll();
    await until(() => lab.card.begun());
    lab.card.rules([OTHER]);
    const result = await run;
    expect([result.code, result.json().error]).toMatchObject([3, swapped('00ff00ff')]);
    expect(lab.card.calls('C_GenerateKeyPair')).toEqual([]);
    await expectFinished();
  });
});
