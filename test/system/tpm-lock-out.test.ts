/** Two cards in one TPM, which have one serial number and one lock-out: told apart by their labels, and what the lock-out means is said. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTpmCard } from '../fixtures/tpm/tpm-card.js';
import { type CliResult, runCli } from '../support/cli.js';
import { orEnd } from '../support/or-end.js';
import { secretFile } from '../support/secret-files.js';
import { shared } from '../support/shared.js';

const OTHER = 'Other card';
const WRONG = '60718293';
const NEXT = '71829304';
const NO_SERIAL = '0000000000000000';

const desk = shared(
  async () => {
    const tpm = await startTpmCard();
    await orEnd(tpm.stop, () => tpm.add(OTHER));
    const dir = join(tpm.dir, 'home');
    mkdirSync(dir, { mode: 0o700 });
    const run = (args: string[], secrets: Record<string, string>, card = tpm.label): Promise<CliResult> => {
      const files = Object.entries(secrets).flatMap(([name, text]) => [`--${name}-file`, secretFile(dir, name, text)]);
      const flags = ['--module', tpm.modulePath, '--card', card, '--json', '--no-input', ...files];
      return runCli([...args, ...flags], { env: { ...tpm.env, HOME: dir } });
    };
    return { tpm, run, check: (pin: string, card?: string) => run(['change-pin', '--check'], { pin }, card) };
  },
  ({ tpm }) => tpm.stop(),
);

test('their serial number does not tell them apart, which the hint says', async () => {
  const both = await desk.check(WRONG, NO_SERIAL);
  expect([both.code, both.json().error]).toMatchObject([2, { code: 'CARD_AMBIGUOUS', hint: 'choose one by its label with --card' }]);
});

test('wrong PINs are counted for each card by itself', async () => {
  const { tpm, check } = desk;
  const wrong = await check(WRONG);
  expect(wrong.json().error).toMatchObject({
    code: 'PIN_INCORRECT',
    hint: 'this card does not tell how many tries are left, and the TPM counts the wrong PINs of all its cards together: be sure of the PIN',
  });
  const other = await check(tpm.pin, OTHER);
  expect([other.code, other.stderr]).toEqual([0, expect.not.stringContaining('unattended attempt')]);
  const right = await check(tpm.pin);
  expect([right.code, right.stderr]).toEqual([
    0,
    expect.stringContaining('the last unattended attempt on card "TPM card" had a wrong PIN'),
  ]);
  await tpm.forgetWrongPins();
});

test('in lock-out no card takes its PIN or its SO PIN, and both do when it is over', async () => {
  const { tpm, run, check } = desk;
  const lockedOut = (label: string) => ({
    message: `the TPM of card "${label}" takes no PIN for now: it has counted too many wrong ones, of all its cards together`,
    hint: 'wait until the recovery time of the TPM is over: then it takes the PIN and the SO PIN again',
  });
  const wrong = [await check(WRONG), await check(WRONG, OTHER), await check(WRONG)];
  expect(wrong.map(({ code }) => code)).toEqual([5, 5, 5]);
  const [locked, other] = [await check(tpm.pin), await check(tpm.pin, OTHER)];
  expect([locked.code, other.code]).toEqual([6, 6]);
  expect(locked.json().error).toMatchObject({ code: 'PIN_LOCKED', ...lockedOut('TPM card') });
  expect(other.json().error).toMatchObject({ code: 'PIN_LOCKED', ...lockedOut(OTHER) });
  const secrets = { 'so-pin': tpm.soPin, 'new-pin': NEXT };
  const refused = await run(['unblock-pin'], secrets);
  expect([refused.code, refused.json().error]).toMatchObject([6, { code: 'SO_PIN_LOCKED', ...lockedOut('TPM card') }]);

  await tpm.forgetWrongPins();
  expect((await run(['unblock-pin'], secrets)).code).toBe(0);
  expect([(await check(NEXT)).code, (await check(tpm.pin, OTHER)).code]).toEqual([0, 0]);
});
