/** Another card in the reader of an open session: noticed before anything is sent to it or written to it. */
import { expect, test } from 'vitest';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { destroyKeyPair, generateKeyPair, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import { changePin, login } from '../../../src/pkcs11/pin.js';
import { cardKey, cardSelector } from '../../../src/pkcs11/same-card.js';
import { selectReader } from '../../../src/pkcs11/select.js';
import { Secret } from '../../../src/secret.js';
import { makeCertificate, openFaultyCard } from '../../support/card.js';
import { failure } from '../../support/failure.js';

const OTHER = 'serial 00ff00ff';
const REMOVED = {
  code: 'CARD_REMOVED',
  message: 'card "Test card" was removed, and card "Test card" (serial 00ff00ff) is in its reader',
  hint: 'insert card "Test card" again and run the command again',
};
const certificate = { ...makeCertificate(), id: newKeyId(), label: 'c' };

test('nothing is written to it, and the right card works again when it is back', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  const spec = { type: 'p256', id: newKeyId(), label: 'k' } as const;
  await generateKeyPair(session, spec);
  fault.rules([OTHER]);
  fault.clearLog();
  expect(await failure(generateKeyPair(session, { ...spec, id: newKeyId() }))).toMatchObject(REMOVED);
  const object = [
    { type: CKA.CLASS, value: CKO.CERTIFICATE },
    { type: CKA.VALUE, value: certificate.der },
  ];
  expect(() => session.create('it', object)).toThrowError(expect.objectContaining(REMOVED));
  expect(() => destroyKeyPair(session, spec.id)).toThrowError(expect.objectContaining(REMOVED));
  expect(fault.log().filter((line) => /^C_(GenerateKeyPair|CreateObject|DestroyObject)/.test(line))).toEqual([]);
  fault.rules([]);
  expect([destroyKeyPair(session, spec.id), listKeys(session)]).toEqual([2, []]);
});

test('no PIN is given to it', async () => {
  const { open, pin, fault } = await openFaultyCard();
  const session = open('read-write');
  fault.rules([OTHER]);
  expect(() => login(session, pin)).toThrowError(expect.objectContaining(REMOVED));
  expect(() => changePin(session, pin, new Secret('60718293'))).toThrowError(expect.objectContaining(REMOVED));
  expect([...fault.calls('C_Login'), ...fault.calls('C_SetPIN')]).toEqual([]);
});

test('no session is opened with it when it came after the readers were listed', async () => {
  const { module, token, fault } = await openFaultyCard();
  const reader = selectReader(module.readers(), token.label);
  fault.rules([OTHER]);
  expect(() => module.openSession(reader, 'read-only')).toThrowError(expect.objectContaining(REMOVED));
  expect(fault.calls('C_OpenSession')).toEqual([]);
});

test.each([
  ['0a1b', 'Alice', '0a1b', '0a1b'],
  ['0000000000000000', 'Alice', '0000000000000000 Alice', 'Alice'],
  ['', 'Alice', ' Alice', 'Alice'],
])('a card with the serial number %j and the label %j goes by %j, and is chosen by %j', (serial, label, key, selector) => {
  expect([cardKey({ serial, label }), cardSelector({ serial, label })]).toEqual([key, selector]);
});
