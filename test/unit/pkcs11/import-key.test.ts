import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { importKeyPair, keyTypeOf } from '../../../src/pkcs11/import-key.js';
import { listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { createSigner } from '../../../src/pkcs11/signer.js';
import { importedKeyTemplates, objectsOfClass } from '../../../src/pkcs11/templates.js';
import { openCard, openFaultyCard } from '../../support/card.js';
import { type HandoutKind, handOut, handoutCa } from '../../support/handout.js';

const ca = handoutCa();
const newKey = (kind: HandoutKind): KeyObject => handOut(ca, kind).key;
const p256 = newKey('p256');

function flags(session: CardSession, types: Record<string, number>) {
  const [handle = Buffer.alloc(0)] = session.find(objectsOfClass(CKO.PRIVATE_KEY));
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, session.attribute(handle, type)?.[0]]));
}

/** The methods of `session`, which puts another CKA_ID into what it creates. */
function ownIds(session: CardSession): Partial<CardSession> {
  return {
    run: session.run.bind(session),
    find: session.find.bind(session),
    attribute: session.attribute.bind(session),
    destroy: session.destroy.bind(session),
    create: (what, template) =>
      session.create(
        what,
        template.map((attribute) => (attribute.type === CKA.ID ? { ...attribute, value: Buffer.of(1) } : attribute)),
      ),
  };
}

test.each(['rsa2048', 'rsa3072', 'p256', 'p384'] as const)('a key of the type %s is on the card, and signs there', async (type) => {
  const session = openCard().openLoggedIn();
  const key = newKey(type);
  const id = newKeyId();
  const entry = importKeyPair(session, key, { id, label: 'Zoë' });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  expect(entry).toMatchObject({ id, label: 'Zoë', type, publicKey, hasPrivate: true, hasPublic: true, canDecrypt: type.startsWith('rsa') });
  expect(listKeys(session)).toEqual([entry]);
  const data = randomBytes(50);
  const kind = type.startsWith('rsa') ? 'rsa-pkcs1' : 'ecdsa';
  const signature = await createSigner(session, entry).sign(data, { kind, hash: 'sha256' });
  expect(verify('sha256', data, createPublicKey(key), signature)).toBe(true);
});

test.each(['rsa2048', 'p256'] as const)('the private half of a key of the type %s never leaves the card', (type) => {
  const session = openCard().openLoggedIn();
  importKeyPair(session, newKey(type), { id: newKeyId(), label: 'k' });
  expect(flags(session, { token: CKA.TOKEN, private: CKA.PRIVATE, sensitive: CKA.SENSITIVE, extractable: CKA.EXTRACTABLE })).toEqual({
    token: 1,
    private: 1,
    sensitive: 1,
    extractable: 0,
  });
  const [handle = Buffer.alloc(0)] = session.find(objectsOfClass(CKO.PRIVATE_KEY));
  for (const secret of [CKA.VALUE, CKA.PRIVATE_EXPONENT, CKA.PRIME_1, CKA.COEFFICIENT])
    expect(session.attribute(handle, secret)).toBeUndefined();
});

test('attributes that a driver refuses are left out', () => {
  const types = (omit: ('extractable' | 'unwrap')[]) =>
    importedKeyTemplates(
      { type: 'rsa2048', id: newKeyId(), label: '' },
      { publicKey: [], privateKey: [] },
      { omitFromPrivateKey: omit },
    ).privateKey.map(({ type }) => type);
  expect(types([])).toEqual(expect.arrayContaining([CKA.EXTRACTABLE, CKA.UNWRAP]));
  for (const type of [CKA.EXTRACTABLE, CKA.UNWRAP]) expect(types(['extractable', 'unwrap'])).not.toContain(type);
});

test.each(['rsa1024', 'p521', 'ed25519'] as const)('a key of the type %s is put on no card', (kind) => {
  const session = openCard().openLoggedIn();
  const key = newKey(kind);
  expect(keyTypeOf(key)).toBe('other');
  expect(() => importKeyPair(session, key, { id: newKeyId(), label: 'k' })).toThrow(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
  expect(listKeys(session)).toEqual([]);
});

describe('when it fails, nothing is left', () => {
  test.each([
    ['the public half', 'fail C_CreateObject CKR_DEVICE_MEMORY times=1', 'CARD_FULL'],
    ['the private half', 'fail C_CreateObject CKR_DEVICE_MEMORY skip=1 times=1', 'CARD_FULL'],
    ['the private half, which no program may write', 'fail C_CreateObject CKR_TEMPLATE_INCONSISTENT skip=1', 'CARD_UNSUPPORTED'],
    ['the private half, which is there all the same', 'fail C_CreateObject CKR_DEVICE_ERROR skip=1 times=1 before=0', 'CARD_FAILED'],
  ])('at %s', async (_where, rule, code) => {
    const card = await openFaultyCard();
    const session = card.openLoggedIn();
    card.fault.rules([rule]);
    expect(() => importKeyPair(session, p256, { id: newKeyId(), label: 'k' })).toThrow(expect.objectContaining({ code }));
    expect(listKeys(session)).toEqual([]);
  });

  test('also on a card that gives its keys ids of its own', () => {
    const session = openCard().openLoggedIn();
    const own = Object.assign(Object.create(session) as CardSession, ownIds(session));
    expect(() => importKeyPair(own, p256, { id: newKeyId(), label: 'k' })).toThrow(
      expect.objectContaining({ code: 'CARD_FAILED', message: 'the card does not show the key that it was given' }),
    );
    expect(listKeys(session)).toEqual([]);
  });

  test('and where it cannot be removed, the error says so', async () => {
    const card = await openFaultyCard();
    const session = card.openLoggedIn();
    card.fault.rules(['fail C_CreateObject CKR_DEVICE_MEMORY skip=1', 'fail C_DestroyObject CKR_DEVICE_ERROR']);
    const id = newKeyId();
    expect(() => importKeyPair(session, p256, { id, label: 'k' })).toThrow(
      expect.objectContaining({
        code: 'CARD_FULL',
        message: expect.stringContaining(`of the key ${id.toString('hex')} may still be on the card`),
      }),
    );
    expect(listKeys(session)).toMatchObject([{ id, hasPrivate: false, hasPublic: true, publicKey: expect.any(Buffer) }]);
  });
});
