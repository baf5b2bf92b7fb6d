import { describe, expect, test } from 'vitest';
import { handOut } from '../support/handout.js';
import { CA, importDesk } from '../support/import-desk.js';

const at = importDesk();
const kinds = () => at.objects().map(({ kind }) => kind);
const all = ['certificate', 'private key', 'public key'];

/** Expects the same import to finish, and to leave one of each. */
async function expectFinished(file: string): Promise<void> {
  at.desk.card.rules([]);
  const run = await at.run(file);
  expect(run.code, run.stderr).toBe(0);
  const objects = at.objects();
  expect(objects.map(({ kind }) => kind)).toEqual(all);
  expect(new Set(objects.map(({ id }) => id)).size).toBe(1);
}

describe('when the card fails, what was written is taken off again', () => {
  test.each([
    ['the public key', 'fail C_CreateObject CKR_DEVICE_MEMORY', 'CARD_FULL'],
    ['the private key', 'fail C_CreateObject CKR_DEVICE_MEMORY skip=1', 'CARD_FULL'],
    ['the signature that proves the key', 'fail C_SignInit CKR_DEVICE_ERROR', 'CARD_FAILED'],
    ['the certificate', 'fail C_CreateObject CKR_DEVICE_MEMORY skip=2', 'CARD_FULL'],
  ])('at %s', async (_where, rule, code) => {
    const file = at.pfx(handOut(CA, 'p256'));
    at.desk.card.rules([rule]);
    const run = await at.run(file);
    expect([run.code, run.json().error.code]).toEqual([3, code]);
    expect(at.objects()).toEqual([]);
    await expectFinished(file);
  });

  test('but a key that was there before stays', async () => {
    const one = handOut(CA, 'p256');
    await at.run(at.pfx(one));
    const before = at.objects();
    const renewed = handOut(CA, one.key);
    at.desk.card.rules(['fail C_CreateObject CKR_DEVICE_MEMORY']);
    const run = await at.run(at.pfx(renewed), ['--replace', '--delete-old-key']);
    expect([run.code, run.json().error.code, at.objects()]).toEqual([3, 'CARD_FULL', before]);
  });
});

describe('killed in the middle, the same import finishes it with one key and one certificate', () => {
  test.each([
    ['p256', 'kill C_Login before=0', []],
    ['p256', 'kill C_CreateObject', []],
    ['p256', 'kill C_CreateObject before=0', ['public key']],
    ['p256', 'kill C_CreateObject skip=1', ['public key']],
    ['rsa2048', 'kill C_CreateObject skip=1', ['public key']],
    ['p256', 'kill C_CreateObject skip=1 before=0', ['private key', 'public key']],
    ['p256', 'kill C_SignInit', ['private key', 'public key']],
    ['p256', 'kill C_CreateObject skip=2', ['private key', 'public key']],
    ['p256', 'kill C_CreateObject skip=2 before=0', all],
  ] as const)('%s: %s', async (kind, rule, left) => {
    const file = at.pfx(handOut(CA, kind));
    at.desk.card.rules([rule]);
    const killed = await at.run(file);
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    expect(kinds()).toEqual(left);
    await expectFinished(file);
  });
});

test('a card that is pulled while it is written to ends the import; put back, the same import finishes it', async () => {
  const file = at.pfx(handOut(CA, 'p256'));
  at.desk.card.rules(['fail C_CreateObject CKR_DEVICE_REMOVED skip=2', 'fail C_DestroyObject CKR_DEVICE_REMOVED']);
  const run = await at.run(file);
  expect([run.code, run.json().error.code]).toEqual([3, 'CARD_REMOVED']);
  expect(run.json().error.message).toMatch(
    /what was written of the key [0-9a-f]{32} may still be on the card, the same import goes on with it$/,
  );
  expect(kinds()).toEqual(['private key', 'public key']);
  await expectFinished(file);
});
