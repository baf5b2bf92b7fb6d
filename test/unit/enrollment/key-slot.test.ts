import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.js';
import { planSlot, slotFor } from '../../../src/enrollment/key-slot.js';
import { softhsm } from '../../../src/pkcs11/drivers/softhsm.js';
import { ykcs11 } from '../../../src/pkcs11/drivers/ykcs11.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import type { DriverProfile } from '../../../src/pkcs11/types.js';

/** With an empty card. */
function emptyCard(driver: DriverProfile): CardSession {
  const session: Partial<CardSession> = { driver, card: { label: 'Card', serial: '1' }, find: () => [] };
  return Object.assign(session, { run: (_what: string, work: () => unknown) => work() }) as CardSession;
}

test.each([
  [undefined, '01', '9A'],
  ['02', '02', '9C'],
  ['05', '05', '82'],
  ['18', '18', '95'],
])('a new key of a YubiKey goes, for the key id %s, into %s: slot %s', (keyId, id, name) => {
  expect(slotFor(emptyCard(ykcs11), keyId)).toEqual({ id, name });
});

test.each(['00', '19', '9a', '0001'])('%s is no slot of a YubiKey', (keyId) => {
  expect(() => slotFor(emptyCard(ykcs11), keyId)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      hint: expect.stringContaining('01 (9A), 02 (9C), 03 (9D), 04 (9E) or another one up to 18 (95)'),
    }),
  );
});

test('an empty slot is planned without a question', async () => {
  expect(await planSlot({} as Context, emptyCard(ykcs11), {})).toEqual({ id: '01', name: '9A', before: null });
});

test('a card with room for any key has no slots', async () => {
  expect(await planSlot({} as Context, emptyCard(softhsm), { keyId: 'abcd' })).toBeUndefined();
});
