/** RSA-PSS on cards that do it, on cards that only do plain RSA, and on those that say one thing and do another. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CKA, CKK, CKO } from '../../../src/pkcs11/cryptoki.js';
import { findKey, newKeyId } from '../../../src/pkcs11/keys.js';
import { login } from '../../../src/pkcs11/pin.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { createSigner } from '../../../src/pkcs11/signer.js';
import type { KeyEntry } from '../../../src/pkcs11/types.js';
import { Secret } from '../../../src/secret.js';
import type { SignatureScheme } from '../../../src/signer.js';
import { openFaultyCard } from '../../support/card.js';
import { data, hashes, signsWell, verifies, withKey } from './signing.js';

const pss: SignatureScheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 };
const ecdsa: SignatureScheme = { kind: 'ecdsa', hash: 'sha256' };

/** An RSA key of any size, as other software may have put it onto the card. */
function importRsa(session: CardSession, bits: number): KeyEntry {
  const jwk = generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'jwk' });
  const number = (name: 'n' | 'e' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi') => Buffer.from(jwk[name] ?? '', 'base64url');
  const id = newKeyId();
  session.create('a key', [
    { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
    { type: CKA.KEY_TYPE, value: CKK.RSA },
    { type: CKA.TOKEN, value: true },
    { type: CKA.ID, value: id },
    { type: CKA.SIGN, value: true },
    { type: CKA.MODULUS, value: number('n') },
    { type: CKA.PUBLIC_EXPONENT, value: number('e') },
    ...(['d', 'p', 'q', 'dp', 'dq', 'qi'] as const).map((name, index) => ({ type: CKA.PUBLIC_EXPONENT + 1 + index, value: number(name) })),
  ]);
  return findKey(session, id) as KeyEntry;
}

test.each([1152, 1159, 2046])('PSS over plain RSA verifies for a key of %d bits, every hash and salt', async (bits) => {
  const card = await openFaultyCard();
  const session = card.openLoggedIn();
  card.fault.rules(['nomechanism CKM_RSA_PKCS_PSS']);
  const key = importRsa(session, bits);
  const signer = createSigner(session, key);
  expect([key.type, signer.supports('rsa-pss')]).toEqual(['other', true]);
  const salt = fc.nat({ max: 64 });
  fc.assert(
    fc.property(fc.constantFrom(...hashes), salt, (hash, saltLength) => {
      const scheme = { kind: 'rsa-pss', hash, saltLength } as const;
      return verifies(key, scheme, signer.signSync(data, scheme));
    }),
    { numRuns: 25 },
  );
  expect(await signsWell(signer, key, pss)).toBe(true);
  expect(card.fault.calls('C_GetMechanismList')).toHaveLength(2);
});

test('a card with neither PSS nor plain RSA says so before anything is begun', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card, 'rsa2048');
  card.fault.rules(['nomechanism CKM_RSA_PKCS_PSS', 'nomechanism CKM_RSA_X_509']);
  const signer = createSigner(session, key);
  expect([signer.supports('rsa-pkcs1'), signer.supports('rsa-pss'), signer.supports('ecdsa')]).toEqual([true, false, false]);
  expect(() => signer.signSync(data, pss)).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
  expect(card.fault.calls('C_SignInit')).toEqual([]);
});

test.each(['CKR_MECHANISM_INVALID', 'CKR_MECHANISM_PARAM_INVALID'])(
  'a card that lists PSS and answers %s signs over plain RSA, and is not tried again',
  async (ckr) => {
    const card = await openFaultyCard();
    const { session, key } = await withKey(card, 'rsa2048');
    card.fault.rules([`fail C_SignInit ${ckr} times=1`]);
    const signer = createSigner(session, key);
    expect(await signsWell(signer, key, pss)).toBe(true);
    expect(card.fault.calls('C_SignInit').map((line) => line.endsWith('injected'))).toEqual([true, false, false]);
    expect(signer.supports('rsa-pss')).toBe(true);
  },
);

test('a card that lists PSS, refuses it and has no plain RSA no longer claims to support it', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card, 'rsa2048');
  card.fault.rules(['nomechanism CKM_RSA_X_509', 'fail C_SignInit CKR_MECHANISM_INVALID times=1']);
  const signer = createSigner(session, key);
  expect(signer.supports('rsa-pss')).toBe(true);
  await expect(signer.sign(data, pss)).rejects.toThrowError(
    expect.objectContaining({ code: 'CARD_UNSUPPORTED', details: { ckr: 'CKR_MECHANISM_INVALID' } }),
  );
  expect(signer.supports('rsa-pss')).toBe(false);
});

test('a key that wants a PIN for each signature gets it for plain RSA too, and after a wrong one the session can be logged in to again', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card, 'rsa2048');
  card.fault.rules(['alwaysauth', 'nomechanism CKM_RSA_PKCS_PSS']);
  const signer = createSigner(session, { ...key, alwaysAuthenticate: true }, { contextPin: (logIn) => logIn(new Secret('99999999')) });
  expect(() => signer.signSync(data, pss)).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  login(session, card.pin);
  const again = createSigner(session, findKey(session, key.id) as KeyEntry, { contextPin: (logIn) => logIn(card.pin) });
  expect(await signsWell(again, key, pss)).toBe(true);
});

test('the driver is asked for its mechanisms once, and for an EC key never', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card, 'rsa2048');
  card.fault.clearLog();
  const rsa = createSigner(session, key);
  for (const kind of ['rsa-pkcs1', 'rsa-pss', 'rsa-pss'] as const) rsa.supports(kind);
  rsa.signSync(data, pss);
  // asked twice by the binding: how many, and which
  expect(card.fault.calls('C_GetMechanismList')).toHaveLength(2);
  const ec = createSigner(session, (await withKey(card)).key);
  expect((['rsa-pkcs1', 'rsa-pss', 'ecdsa'] as const).map((kind) => ec.supports(kind))).toEqual([false, false, true]);
  ec.signSync(data, ecdsa);
  expect(card.fault.calls('C_GetMechanismList')).toHaveLength(2);
});
