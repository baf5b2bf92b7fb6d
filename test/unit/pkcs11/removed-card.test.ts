/** What a failed call means when the card is out of its reader, or is not. The drivers' own answers are in test/system/piv-card. */
import type { PKCS11 } from 'pkcs11js';
import { expect, test } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import { NativeCalls } from '../../../src/pkcs11/calls.js';
import { CKF } from '../../../src/pkcs11/cryptoki.js';
import { opensc } from '../../../src/pkcs11/drivers/opensc.js';
import { softhsm } from '../../../src/pkcs11/drivers/softhsm.js';
import { ykcs11 } from '../../../src/pkcs11/drivers/ykcs11.js';
import { OFFICER_LOGIN, unlessRemoved } from '../../../src/pkcs11/removed-card.js';
import type { DriverProfile, Reader } from '../../../src/pkcs11/types.js';

type Seen = 'in' | 'out' | Error;

const reader: Reader = { slot: Buffer.of(7), name: 'Reader', present: true };
const failure = (ckr: string) => new LyncauthError('CARD_FAILED', 'signing failed', { details: { ckr } });
const answer = (message: string, code: number) => Object.assign(new Error(message), { code });

/** @param looks what the reader shows, look by look; the last one stays */
function explain(error: unknown, looks: Seen[], { what = 'signing', driver = opensc }: { what?: string; driver?: DriverProfile } = {}) {
  let listed = 0;
  const lib = {
    C_GetSlotList: () => {
      listed += 1;
      return [];
    },
    C_GetSlotInfo: (slot: Buffer) => {
      const seen = looks[Math.min(listed, looks.length) - 1];
      if (seen instanceof Error) throw seen;
      return { flags: seen === 'in' && slot === reader.slot ? CKF.TOKEN_PRESENT : 0 };
    },
  };
  const calls = new NativeCalls(lib as unknown as PKCS11, (call) => call(), undefined);
  return { explained: unlessRemoved(error, what, { driver, reader }, calls) as LyncauthError, looked: () => listed };
}

test.each(['CKR_GENERAL_ERROR', 'CKR_DEVICE_ERROR', 'CKR_FUNCTION_FAILED'])('%s without the card means that it was removed', (ckr) => {
  const { code, message, hint, details } = explain(failure(ckr), ['out']).explained;
  expect({ code, message, hint, details }).toEqual({
    ...{ code: 'CARD_REMOVED', message: `signing failed: the card was removed (${ckr})` },
    ...{ hint: 'insert the card again and run the command again', details: { ckr } },
  });
});

test('the reader may need some time to notice', () => {
  const { explained, looked } = explain(failure('CKR_DEVICE_ERROR'), ['in', 'in', 'out']);
  expect([explained.code, looked()]).toEqual(['CARD_REMOVED', 4]);
});

test('a card that is out of sight for a moment is only reset by another program', () => {
  const error = failure('CKR_DEVICE_ERROR');
  expect(explain(error, ['out', 'in']).explained).toBe(error);
});

test('with the card in its reader the error is what it was', () => {
  const error = failure('CKR_DEVICE_ERROR');
  expect(explain(error, ['in']).explained).toBe(error);
});

test('a reader that is gone has no card, and one that cannot be looked at says nothing', () => {
  const error = failure('CKR_GENERAL_ERROR');
  expect(explain(error, [answer('CKR_SLOT_ID_INVALID', 3)]).explained.code).toBe('CARD_REMOVED');
  expect(explain(error, [answer('CKR_GENERAL_ERROR', 5)]).explained).toBe(error);
});

test.each([
  ['what the driver says clearly', failure('CKR_PIN_INCORRECT'), opensc],
  ['what another layer says', new TypeError('no'), opensc],
  ['a card that is no thing to be pulled out', failure('CKR_GENERAL_ERROR'), softhsm],
])('the reader is not looked at for %s', (_what, error, driver) => {
  const { explained, looked } = explain(error, ['out'], { driver });
  expect([explained, looked()]).toEqual([error, 0]);
});

test("the security officer's PIN is not called wrong when the card is out: nothing counts it", () => {
  const { code, details } = explain(failure('CKR_PIN_INCORRECT'), ['out'], { what: OFFICER_LOGIN, driver: ykcs11 }).explained;
  expect([code, details]).toEqual(['CARD_REMOVED', {}]);
});

test('a driver that is not known to blame the PIN is believed', () => {
  const { explained, looked } = explain(failure('CKR_PIN_INCORRECT'), ['out'], { what: OFFICER_LOGIN });
  expect([explained.code, looked()]).toEqual(['CARD_FAILED', 0]);
});
