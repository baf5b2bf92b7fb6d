import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { until } from '../support/interrupt.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab({ faultModule: true });
});
afterEach(() => lab.stop());

const enroll = (...args: string[]) => lab.enroll(['--key-type', 'p256', ...args]);

async function expectFinished(): Promise<void> {
  lab.card.rules([]);
  lab.faults();
  const result = await enroll();
  expect(result.code, result.stderr).toBe(0);
  expectOneEnrollment(lab);
  expect(lab.submissions()).toBe(1);
}

describe('a card that is removed in the middle ends the run with 3, and the next run goes on', () => {
  test('while the CA decides', async () => {
    lab.faults('slow=600@submit');
    const run = enroll();
    await until(() => lab.journal()[0]?.step === 'submitting');
    lab.card.rules(['card absent']);
    const result = await run;
    expect([result.code, result.json().error.code], result.stderr).toEqual([3, 'CARD_REMOVED']);
    expect(lab.journal()).toMatchObject([{ step: 'issued' }]);
    await expectFinished();
  });

  test('before the key of a denied request could be removed: the error says so, and --abandon removes it', async () => {
    lab.faults('denied');
    lab.card.rules(['fail C_DestroyObject CKR_DEVICE_REMOVED']);
    const result = await enroll();
    expect(result.code, result.stderr).toBe(7);
    expect(result.json().error).toMatchObject({ code: 'CA_DENIED', hint: 'lyncauth enroll --abandon', details: { hresult: '0x80094012' } });
    expect(result.json().error.message).toContain('its key could not be removed from the card');
    expect(cardObjects(lab.token)).toHaveLength(2);
    lab.card.rules([]);
    const dropped = await enroll('--abandon');
    expect(dropped.code, dropped.stderr).toBe(0);
    expectUntouched(lab);
  });
});

test('a card that cannot make one kind of key can be asked for another at once', async () => {
  // CKR_KEY_SIZE_RANGE.
  lab.card.rules(['fail C_GenerateKeyPair CKR_KEY_SIZE_RANGE times=1']);
  const refused = await lab.enroll(['--key-type', 'rsa4096']);
  expect([refused.code, refused.json().error.code], refused.stderr).toEqual([3, 'CARD_UNSUPPORTED']);
  expectUntouched(lab);
  const result = await enroll();
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result.key.type).toBe('p256');
  expectOneEnrollment(lab);
});

test('a full card keeps its old certificate, and the new one is written by the next run', async () => {
  await enroll();
  const old = expectOneEnrollment(lab);
  lab.card.rules(['fail C_CreateObject CKR_DEVICE_MEMORY']);
  const full = await enroll('--replace', '--delete-old-key');
  expect([full.code, full.json().error.code], full.stderr).toEqual([3, 'CARD_FULL']);
  expect(cardObjects(lab.token).filter(({ kind, id }) => kind === 'certificate' && id === old.keyId)).toHaveLength(1);
  lab.card.rules([]);
  const result = await enroll('--replace', '--delete-old-key');
  expect(result.code, result.stderr).toBe(0);
  expect(expectOneEnrollment(lab).keyId).not.toBe(old.keyId);
  expect(lab.submissions()).toBe(2);
});

test.each([
  ['card absent', 'NO_CARD'],
  ['reader absent', 'NO_READER'],
])('%s: an unattended run ends with 3 at once', async (rule, code) => {
  lab.card.rules([rule]);
  const result = await enroll();
  expect([result.code, result.json().error.code], result.stderr).toEqual([3, code]);
  expect(lab.log()).toEqual([]);
});
