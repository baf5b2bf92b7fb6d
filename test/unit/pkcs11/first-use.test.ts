import { expect, test } from 'vitest';
import { listCertificates } from '../../../src/pkcs11/certificates.js';
import { CKA } from '../../../src/pkcs11/cryptoki.js';
import { ykcs11 } from '../../../src/pkcs11/drivers/ykcs11.js';
import {
  assertMarkable,
  clearChangeMark,
  isMarkedForChange,
  markForChange,
  mustChangePin,
  pinWithMark,
  tryMark,
} from '../../../src/pkcs11/first-use.js';
import { listKeys } from '../../../src/pkcs11/keys.js';
import { objectsOfClass } from '../../../src/pkcs11/templates.js';
import { openCard, openFaultyCard } from '../../support/card.js';

const DATE = new Date('2026-06-01T00:00:00Z');
const DATA = 0;

test('the mark is one public object, seen without a login, and no key or certificate', () => {
  const { open, openLoggedIn } = openCard();
  const session = openLoggedIn();
  markForChange(session, DATE);
  markForChange(session, DATE);
  session.close();
  const later = open();
  const [mark, ...others] = later.find(objectsOfClass(DATA));
  expect([others, listKeys(later), listCertificates(later)]).toEqual([[], [], []]);
  const read = (type: number) => later.attribute(mark as Buffer, type)?.toString();
  expect([read(CKA.APPLICATION), read(CKA.LABEL), read(CKA.VALUE)]).toEqual([
    'lyncauth',
    'PIN to be changed at first use',
    'to be changed since 2026-06-01',
  ]);
  expect([isMarkedForChange(later), mustChangePin(later)]).toEqual([true, true]);
});

test('what another program keeps on the card is no mark, and stays when the mark goes', () => {
  const session = openCard().openLoggedIn();
  session.create('a note', [...objectsOfClass(DATA), { type: CKA.APPLICATION, value: 'other' }, { type: CKA.VALUE, value: 'note' }]);
  expect(isMarkedForChange(session)).toBe(false);
  markForChange(session, DATE);
  clearChangeMark(session);
  clearChangeMark(session);
  expect([isMarkedForChange(session), session.find(objectsOfClass(DATA)).length]).toEqual([false, 1]);
});

test('it counts for the state of the PIN, except where that is graver', () => {
  const session = openCard().openLoggedIn();
  const pin = (state: 'ok' | 'low' | 'unknown' | 'final' | 'locked') => pinWithMark(session, { state, min: 4, max: 8 }).state;
  expect(pin('ok')).toBe('ok');
  markForChange(session, DATE);
  expect([pin('ok'), pin('low'), pin('unknown'), pin('final'), pin('locked')]).toEqual([
    'must-change',
    'must-change',
    'must-change',
    'final',
    'locked',
  ]);
});

test('trying leaves nothing', () => {
  const session = openCard().openLoggedIn();
  tryMark(session, DATE);
  expect(session.find(objectsOfClass(DATA))).toEqual([]);
});

test('a card that asks for the change by itself is not written to', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['mustchange']);
  tryMark(session, DATE);
  markForChange(session, DATE);
  assertMarkable(session);
  expect([mustChangePin(session), isMarkedForChange(session), fault.calls('C_CreateObject')]).toEqual([true, false, []]);
});

test.each([
  ['one try is left', 'tokenflags +0xa0000', 'final', true],
  ['few tries are left', 'tokenflags +0x90000', 'must-change', true],
  ['the PIN is locked', 'tokenflags +0xc0000', 'locked', false],
])('a change that the card asks for is due also while %s', async (_what, rule, state, due) => {
  const { open, fault } = await openFaultyCard();
  fault.rules([rule]);
  const session = open();
  expect([session.tokenInfo().pin.state, mustChangePin(session)]).toEqual([state, due]);
});

test.each(['CKR_ATTRIBUTE_VALUE_INVALID', 'CKR_FUNCTION_NOT_SUPPORTED', 'CKR_TEMPLATE_INCONSISTENT'])(
  'a driver that answers %s keeps no data objects: that is said, with what to do',
  async (ckr) => {
    const { openLoggedIn, fault } = await openFaultyCard();
    const session = openLoggedIn();
    fault.rules([`fail C_CreateObject ${ckr}`]);
    expect(() => tryMark(session, DATE)).toThrowError(
      expect.objectContaining({
        code: 'CARD_UNSUPPORTED',
        message: expect.stringContaining('keeps no public data objects'),
        hint: expect.stringContaining('--pin-change now'),
        details: { ckr },
      }),
    );
  },
);

test('a full card is a full card', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['fail C_CreateObject CKR_DEVICE_MEMORY']);
  expect(() => markForChange(session, DATE)).toThrowError(expect.objectContaining({ code: 'CARD_FULL' }));
});

test('a driver that shows no data objects has no mark, and a card that is gone is not taken for one without', async () => {
  const { open, fault } = await openFaultyCard();
  const session = open();
  fault.rules(['fail C_FindObjectsInit CKR_ATTRIBUTE_TYPE_INVALID']);
  expect(isMarkedForChange(session)).toBe(false);
  fault.rules(['fail C_FindObjectsInit CKR_DEVICE_REMOVED']);
  expect(() => isMarkedForChange(session)).toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
});

test('a driver with fixed objects is refused without asking the card, and never searched', async () => {
  const { open, fault } = await openFaultyCard();
  const session = Object.assign(open(), { driver: ykcs11 });
  expect(() => assertMarkable(session)).toThrowError(
    expect.objectContaining({ code: 'CARD_UNSUPPORTED', message: expect.stringContaining('its driver (YubiKey (ykcs11))') }),
  );
  expect([isMarkedForChange(session), fault.calls('C_FindObjectsInit')]).toEqual([false, []]);
});
