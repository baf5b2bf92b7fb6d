import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { destroyKeyPair, findKey, generateKeyPair, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { objectsOfClass } from '../../../src/pkcs11/templates.js';
import type { KeyType } from '../../../src/pkcs11/types.js';
import { openCard, openFaultyCard } from '../../support/card.js';

function attributes(session: CardSession, objectClass: number, types: Record<string, number>) {
  const [handle = Buffer.alloc(0)] = session.find(objectsOfClass(objectClass));
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, session.attribute(handle, type)?.[0] === 1]));
}

test('ids are random and 16 bytes long', () => {
  expect(newKeyId()).toHaveLength(16);
  expect(newKeyId()).not.toEqual(newKeyId());
});

test.each<[KeyType, object]>([
  ['rsa2048', { modulusLength: 2048, publicExponent: 65537n }],
  ['rsa3072', { modulusLength: 3072, publicExponent: 65537n }],
  ['p256', { namedCurve: 'prime256v1' }],
  ['p384', { namedCurve: 'secp384r1' }],
])('a %s key is made, listed and found', async (type, details) => {
  const session = openCard().openLoggedIn();
  const id = newKeyId();
  const key = await generateKeyPair(session, { type, id, label: 'Zoë' });
  expect(key).toMatchObject({
    id,
    label: 'Zoë',
    type,
    hasPrivate: true,
    hasPublic: true,
    alwaysAuthenticate: false,
    canDecrypt: type.startsWith('rsa'),
  });
  expect(createPublicKey({ key: key.publicKey as Buffer, format: 'der', type: 'spki' }).asymmetricKeyDetails).toEqual(details);
  expect(listKeys(session)).toEqual([key]);
  expect(findKey(session, id)).toEqual(key);
});

test('the private half stays on the card and may sign, and an RSA key may decrypt', async () => {
  const session = openCard().openLoggedIn();
  await generateKeyPair(session, { type: 'rsa2048', id: newKeyId(), label: 'k' });
  const types = {
    token: CKA.TOKEN,
    private: CKA.PRIVATE,
    sensitive: CKA.SENSITIVE,
    extractable: CKA.EXTRACTABLE,
    sign: CKA.SIGN,
    decrypt: CKA.DECRYPT,
  };
  expect(attributes(session, CKO.PRIVATE_KEY, types)).toEqual({
    token: true,
    private: true,
    sensitive: true,
    extractable: false,
    sign: true,
    decrypt: true,
  });
  expect(attributes(session, CKO.PUBLIC_KEY, { token: CKA.TOKEN, private: CKA.PRIVATE })).toEqual({ token: true, private: false });
});

test('without a login only the public half is seen', async () => {
  const { module, openLoggedIn, open } = openCard();
  const session = openLoggedIn();
  const { id } = await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  session.close();
  expect(listKeys(open())).toMatchObject([{ id, hasPrivate: false, hasPublic: true, type: 'p256' }]);
  module.close();
});

test.each<KeyType>(['rsa2048', 'p256'])('a %s key whose public object is missing is still a key', async (type) => {
  const session = openCard().openLoggedIn();
  const key = await generateKeyPair(session, { type, id: newKeyId(), label: 'k' });
  for (const handle of session.find(objectsOfClass(CKO.PUBLIC_KEY))) session.destroy('it', handle);
  const [left] = listKeys(session);
  expect(left).toMatchObject({ type, hasPrivate: true, hasPublic: false });
  // the standard gives an EC private key no point, and SoftHSM keeps to it
  if (type === 'rsa2048') expect(left?.publicKey).toEqual(key.publicKey);
});

test('making a key leaves the event loop running', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['delay C_GenerateKeyPair 200']);
  let turns = 0;
  let done = false;
  const count = () => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  count();
  await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  done = true;
  expect(turns).toBeGreaterThan(10);
});

test('keys asked for at the same time are made one after the other', async () => {
  const session = openCard().openLoggedIn();
  const spec = () => ({ type: 'p256' as const, id: newKeyId(), label: 'k' });
  await Promise.all([generateKeyPair(session, spec()), generateKeyPair(session, spec()), generateKeyPair(session, spec())]);
  expect(listKeys(session)).toHaveLength(3);
});

test('a failure while a key is made is typed, and the next key is made', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  const spec = { type: 'p256' as const, id: newKeyId(), label: 'k' };
  fault.rules(['fail C_GenerateKeyPair CKR_DEVICE_MEMORY times=1']);
  await expect(generateKeyPair(session, spec)).rejects.toThrowError(
    expect.objectContaining({ code: 'CARD_FULL', details: { ckr: 'CKR_DEVICE_MEMORY' } }),
  );
  await expect(generateKeyPair(session, spec)).resolves.toMatchObject({ type: 'p256' });
});

test('a card that cannot make keys says so', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['fail C_GenerateKeyPair CKR_FUNCTION_NOT_SUPPORTED']);
  await expect(generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' })).rejects.toThrowError(
    expect.objectContaining({ code: 'CARD_UNSUPPORTED' }),
  );
});

test('an empty id is refused before the card sees it', () => {
  const session = openCard().openLoggedIn();
  expect(() => generateKeyPair(session, { type: 'p256', id: Buffer.alloc(0), label: 'k' })).toThrowError(
    expect.objectContaining({ code: 'INTERNAL' }),
  );
  expect(() => destroyKeyPair(session, Buffer.alloc(0))).toThrowError(expect.objectContaining({ code: 'INTERNAL' }));
});

test('removing a key removes both halves and nothing else, and once is enough', async () => {
  const session = openCard().openLoggedIn();
  const id = newKeyId();
  const other = await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'other' });
  await generateKeyPair(session, { type: 'p256', id, label: 'k' });
  session.create('it', [
    { type: CKA.CLASS, value: 0 },
    { type: CKA.TOKEN, value: true },
    { type: CKA.LABEL, value: 'data' },
  ]);
  expect([destroyKeyPair(session, id), destroyKeyPair(session, id)]).toEqual([2, 0]);
  expect(listKeys(session)).toEqual([other]);
  expect(session.find([{ type: CKA.LABEL, value: 'data' }])).toHaveLength(1);
});

test('of two keys with one id only the one with this public key is removed', async () => {
  const session = openCard().openLoggedIn();
  const id = newKeyId();
  const first = await generateKeyPair(session, { type: 'rsa2048', id, label: 'first' });
  const second = await generateKeyPair(session, { type: 'rsa2048', id, label: 'second' });
  expect(destroyKeyPair(session, id, first.publicKey)).toBe(2);
  expect(listKeys(session)).toEqual([second]);
});

test('where the driver does not tell two keys of one id apart, none is removed', async () => {
  const session = openCard().openLoggedIn();
  const id = newKeyId();
  const first = await generateKeyPair(session, { type: 'p256', id, label: 'first' });
  await generateKeyPair(session, { type: 'p256', id, label: 'second' });
  expect(() => destroyKeyPair(session, id, first.publicKey)).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
  expect(listKeys(session)).toHaveLength(4);
  expect(destroyKeyPair(session, id)).toBe(4);
});
