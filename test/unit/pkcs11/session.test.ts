import { expect, test } from 'vitest';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { generateKeyPair, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import { objectsOfClass } from '../../../src/pkcs11/templates.js';
import { openCard, openFaultyCard } from '../../support/card.js';

test('a search that finds nothing gives an empty list', () => {
  expect(openCard().open().find(objectsOfClass(CKO.PRIVATE_KEY))).toEqual([]);
});

test('a search finds all objects, also more than the driver gives at once', async () => {
  const session = openCard().openLoggedIn();
  for (let index = 0; index < 70; index += 1) await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  expect(session.find(objectsOfClass(CKO.PRIVATE_KEY))).toHaveLength(70);
});

test('an attribute that is sensitive or absent is undefined, and its neighbours are still read', async () => {
  const session = openCard().openLoggedIn();
  await generateKeyPair(session, { type: 'rsa2048', id: newKeyId(), label: 'k' });
  const [handle = Buffer.alloc(0)] = session.find(objectsOfClass(CKO.PRIVATE_KEY));
  const privateExponent = 0x123;
  expect(session.attribute(handle, privateExponent)).toBeUndefined();
  expect(session.attribute(handle, CKA.EC_POINT)).toBeUndefined();
  expect(session.attribute(handle, CKA.LABEL)?.toString()).toBe('k');
});

test('a failing search is ended, so that the next one can begin', async () => {
  const { open, fault } = await openFaultyCard();
  const session = open();
  fault.rules(['fail C_FindObjects CKR_DEVICE_ERROR times=1']);
  // the binding throws a plain error without a code here
  expect(() => session.find(objectsOfClass(CKO.PUBLIC_KEY))).toThrowError(
    expect.objectContaining({ code: 'CARD_FAILED', details: { ckr: 'CKR_DEVICE_ERROR' } }),
  );
  expect(session.find(objectsOfClass(CKO.PUBLIC_KEY))).toEqual([]);
});

test('a vendor-defined return value keeps its number', async () => {
  const { open, fault } = await openFaultyCard();
  const session = open();
  fault.rules(['fail C_FindObjectsInit 0x80001234']);
  expect(() => listKeys(session)).toThrowError(expect.objectContaining({ details: { ckr: '0x80001234' } }));
});

test('a card pulled during a session is reported as removed by every call', async () => {
  const { open, fault } = await openFaultyCard();
  const session = open();
  fault.rules(['card absent']);
  expect(() => listKeys(session)).toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
  expect(() => session.tokenInfo()).toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
  fault.rules([]);
  expect(() => listKeys(session)).toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
});

test('close may be called twice, and after the card is gone', async () => {
  const { open, fault } = await openFaultyCard();
  const session = open();
  fault.rules(['card absent']);
  session.close();
  session.close();
  expect(() => listKeys(session)).toThrowError(expect.objectContaining({ code: 'INTERNAL', message: 'the card session is closed' }));
});

test('close gives the session back to the driver', async () => {
  const { open, fault } = await openFaultyCard();
  open().close();
  expect(fault.calls('C_CloseSession')).toHaveLength(1);
});

test('a read-only session cannot write', () => {
  const session = openCard().open('read-only');
  expect(() =>
    session.create('it', [
      { type: CKA.CLASS, value: 0 },
      { type: CKA.TOKEN, value: true },
      { type: CKA.PRIVATE, value: false },
    ]),
  ).toThrowError(expect.objectContaining({ code: 'CARD_READ_ONLY' }));
});

test('an object that is gone is not destroyed again', async () => {
  const session = openCard().openLoggedIn();
  const handle = session.create('it', [
    { type: CKA.CLASS, value: 0 },
    { type: CKA.TOKEN, value: true },
  ]);
  expect([session.destroy('it', handle), session.destroy('it', handle)]).toEqual([true, false]);
});

test('a handle of the wrong size is refused by the binding and reported as our fault', () => {
  expect(() => openCard().open().attribute(Buffer.alloc(3), CKA.LABEL)).toThrowError(expect.objectContaining({ code: 'INTERNAL' }));
});

test('while a call runs in the background the session takes no other', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['delay C_GenerateKeyPair 200']);
  const key = generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  await Promise.resolve();
  expect(() => session.find(objectsOfClass(CKO.PUBLIC_KEY))).toThrowError(/busy/);
  expect(session.tokenInfo().label).toBe('Test card');
  await key;
  expect(session.find(objectsOfClass(CKO.PUBLIC_KEY))).toHaveLength(1);
});

test('closing everything while a key is made leaves the driver running for it', async () => {
  const { openLoggedIn, module, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['delay C_GenerateKeyPair 200']);
  const key = generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  await Promise.resolve();
  module.close();
  await expect(key).rejects.toThrowError(/closed/);
  expect(fault.calls('C_Finalize')).toEqual([]);
  expect(fault.calls('C_GenerateKeyPair')).toEqual(['C_GenerateKeyPair 0x0']);
});
