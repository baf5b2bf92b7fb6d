import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { CKA, CKM, CKO } from '../../../src/pkcs11/cryptoki.js';
import { findKey, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import { login, logout } from '../../../src/pkcs11/pin.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { createSigner } from '../../../src/pkcs11/signer.js';
import { objectsOfClass } from '../../../src/pkcs11/templates.js';
import type { KeyEntry } from '../../../src/pkcs11/types.js';
import { Secret } from '../../../src/secret.js';
import type { SignatureScheme } from '../../../src/signer.js';
import { openCard, openFaultyCard } from '../../support/card.js';
import { data, hashes, signsWell, verifies, withKey } from './signing.js';

const ecdsa: SignatureScheme = { kind: 'ecdsa', hash: 'sha256' };

/** The login was ended by a PIN that was refused for a signature; another one shows the key anew. */
function loggedInAgain(session: CardSession, pin: Secret, { id }: KeyEntry): KeyEntry {
  login(session, pin, { allowFinalTry: true });
  return findKey(session, id) as KeyEntry;
}

/** A key that wants a login for each signature. */
async function alwaysAuthenticated() {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  card.fault.rules(['alwaysauth', 'retries 3']);
  card.fault.clearLog();
  return { ...card, session, key: { ...key, alwaysAuthenticate: true } };
}

test.each(['rsa2048', 'p256', 'p384'] as const)('%s signatures verify for every hash and scheme, both ways of signing', async (type) => {
  const { session, key } = await withKey(openCard(), type);
  const signer = createSigner(session, key);
  const rsa = hashes.flatMap<SignatureScheme>((hash) => [
    { kind: 'rsa-pkcs1', hash },
    { kind: 'rsa-pss', hash, saltLength: 20 },
  ]);
  for (const scheme of type === 'rsa2048' ? rsa : hashes.map<SignatureScheme>((hash) => ({ kind: 'ecdsa', hash }))) {
    expect([scheme, verifies(key, scheme, await signer.sign(data, scheme))]).toEqual([scheme, true]);
    expect([scheme, verifies(key, scheme, signer.signSync(data, scheme))]).toEqual([scheme, true]);
  }
  expect(signer.publicKey).toEqual(key.publicKey);
});

test('signatures asked for at the same time are made one after the other', async () => {
  const { session, key } = await withKey(openCard());
  const signer = createSigner(session, key);
  const signatures = await Promise.all(Array.from({ length: 10 }, () => signer.sign(data, ecdsa)));
  expect(signatures.every((signature) => verifies(key, ecdsa, signature))).toBe(true);
});

test('memory of a signature in the background is not collected before it is done', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  const signer = createSigner(session, key);
  card.fault.rules(['delay C_Sign 20']);
  for (let round = 0; round < 10; round += 1) {
    const pending = signer.sign(Buffer.from(data), ecdsa);
    await Promise.resolve();
    collect();
    const litter = Array.from({ length: 200 }, () => Buffer.alloc(64, 0xff));
    collect();
    expect([litter.length, verifies(key, ecdsa, await pending)]).toEqual([200, true]);
  }
});

test('a signature on the main thread is refused while another runs in the background', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  const signer = createSigner(session, key);
  card.fault.rules(['delay C_Sign 200']);
  const pending = signer.sign(data, ecdsa);
  await Promise.resolve();
  expect(() => signer.signSync(data, ecdsa)).toThrowError(/busy/);
  expect(verifies(key, ecdsa, await pending)).toBe(true);
});

test('after a failed signature the next one succeeds', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  const signer = createSigner(session, key);
  card.fault.rules(['fail C_Sign CKR_DEVICE_ERROR times=2']);
  await expect(signer.sign(data, ecdsa)).rejects.toThrowError(
    expect.objectContaining({ code: 'CARD_FAILED', details: { ckr: 'CKR_DEVICE_ERROR' } }),
  );
  expect(() => signer.signSync(data, ecdsa)).toThrowError(expect.objectContaining({ code: 'CARD_FAILED' }));
  expect(verifies(key, ecdsa, await signer.sign(data, ecdsa))).toBe(true);
});

test('a card pulled during a signature is reported as removed', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  const signer = createSigner(session, key);
  card.fault.rules(['card absent']);
  await expect(signer.sign(data, ecdsa)).rejects.toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
});

test('the session must see the private key', async () => {
  const { session, key } = await withKey(openCard());
  logout(session);
  const [publicHalf] = listKeys(session);
  expect(publicHalf).toMatchObject({ id: key.id, hasPrivate: false });
  expect(() => createSigner(session, publicHalf as KeyEntry)).toThrowError(expect.objectContaining({ code: 'KEY_NOT_FOUND' }));
});

test('a key whose public object is missing signs when the caller knows its public key', async () => {
  const { session, key } = await withKey(openCard());
  for (const handle of session.find(objectsOfClass(CKO.PUBLIC_KEY))) session.destroy('it', handle);
  const [hidden] = listKeys(session);
  expect(() => createSigner(session, hidden as KeyEntry)).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
  expect(verifies(key, ecdsa, await createSigner(session, key).sign(data, ecdsa))).toBe(true);
});

test('a key and a scheme that do not go together are refused before the card sees anything', async () => {
  const { session, key } = await withKey(openCard());
  await expect(createSigner(session, key).sign(data, { kind: 'rsa-pkcs1', hash: 'sha256' })).rejects.toThrowError(
    expect.objectContaining({ code: 'CARD_UNSUPPORTED' }),
  );
});

test('a key that wants a PIN for each signature gets one for each', async () => {
  const { session, key, pin, fault } = await alwaysAuthenticated();
  const signer = createSigner(session, key, { contextPin: (logIn) => logIn(pin) });
  expect(verifies(key, ecdsa, await signer.sign(data, ecdsa))).toBe(true);
  expect(verifies(key, ecdsa, signer.signSync(data, ecdsa))).toBe(true);
  const calls = fault.log().filter((line) => /^C_(Login|Sign)/.test(line));
  expect(calls.map((line) => line.split(' ')[0])).toEqual(['C_SignInit', 'C_Login', 'C_Sign', 'C_SignInit', 'C_Login', 'C_Sign']);
});

test('the card itself tells that a key wants a PIN for each signature', async () => {
  const { session, key } = await alwaysAuthenticated();
  expect(findKey(session, key.id)?.alwaysAuthenticate).toBe(true);
});

test('without a PIN such a key signs nothing, and nothing is begun', async () => {
  const { session, key, fault } = await alwaysAuthenticated();
  await expect(createSigner(session, key).sign(data, ecdsa)).rejects.toThrowError(expect.objectContaining({ code: 'INPUT_REQUIRED' }));
  expect(fault.calls('C_SignInit')).toEqual([]);
});

test('a wrong PIN for a signature is one try, and leaves a session that can be logged in to again', async () => {
  const { session, key, pin, fault } = await alwaysAuthenticated();
  const signer = createSigner(session, key, { contextPin: (logIn) => logIn(new Secret('99999999')) });
  await expect(signer.sign(data, ecdsa)).rejects.toThrowError(
    expect.objectContaining({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'low' } }),
  );
  expect(fault.log().filter((line) => /^C_Log/.test(line))).toEqual(['C_Login 0xa0 context', 'C_Logout 0x0']);
  const good = createSigner(session, loggedInAgain(session, pin, key), { contextPin: (logIn) => logIn(pin) });
  expect(verifies(key, ecdsa, await good.sign(data, ecdsa))).toBe(true);
});

test('a last try is not spent on a signature, nor is a PIN of the wrong length sent', async () => {
  const { session, key, pin, fault } = await alwaysAuthenticated();
  fault.state({ badTries: 2 });
  await expect(createSigner(session, key, { contextPin: (logIn) => logIn(pin) }).sign(data, ecdsa)).rejects.toThrowError(
    expect.objectContaining({ code: 'PIN_FINAL_TRY' }),
  );
  fault.state({ badTries: 0 });
  const short = createSigner(session, key, { contextPin: (logIn) => logIn(new Secret('1')) });
  expect(() => short.signSync(data, ecdsa)).toThrowError(expect.objectContaining({ code: 'PIN_POLICY' }));
  expect(fault.calls('C_Login')).toEqual([]);
});

test('a driver that wants the PIN without saying so in the key gets it', async () => {
  const { session, key, pin } = await alwaysAuthenticated();
  const signer = createSigner(session, { ...key, alwaysAuthenticate: false }, { contextPin: (logIn) => logIn(pin) });
  expect(verifies(key, ecdsa, await signer.sign(data, ecdsa))).toBe(true);
  expect(verifies(key, ecdsa, signer.signSync(data, ecdsa))).toBe(true);
});

test('a wrong PIN for a signature on the main thread is one try, and after a login the next signature is made', async () => {
  const { session, key, pin, fault } = await alwaysAuthenticated();
  const signer = createSigner(session, key, { contextPin: (logIn) => logIn(new Secret('99999999')) });
  expect(() => signer.signSync(data, ecdsa)).toThrowError(
    expect.objectContaining({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'low' } }),
  );
  expect(fault.calls('C_Login')).toEqual(['C_Login 0xa0 context']);
  const good = createSigner(session, loggedInAgain(session, pin, key), { contextPin: (logIn) => logIn(pin) });
  expect(verifies(key, ecdsa, good.signSync(data, ecdsa))).toBe(true);
});

test('after two wrong PINs the third signature on the main thread is refused before the card sees it', async () => {
  const { session, key, pin: right, fault } = await alwaysAuthenticated();
  const states = [1, 2, 3].map((attempt) => {
    const shown = attempt === 1 ? key : loggedInAgain(session, right, key);
    fault.state({ badTries: attempt - 1 });
    const signer = createSigner(session, shown, { contextPin: (logIn) => logIn(new Secret(`9999999${attempt}`)) });
    try {
      return signer.signSync(data, ecdsa);
    } catch (error) {
      return [(error as { code: string }).code, (error as { details: { pinState: string } }).details.pinState];
    }
  });
  expect(states).toEqual([
    ['PIN_INCORRECT', 'low'],
    ['PIN_INCORRECT', 'final'],
    ['PIN_FINAL_TRY', 'final'],
  ]);
  const refused = fault.calls('C_Login').filter((line) => line.endsWith('context'));
  expect([refused.length, fault.calls('C_SignInit').length]).toEqual([2, 2]);
});

test('a PIN that was refused for a signature is not sent for another one', async () => {
  const { session, key, fault } = await alwaysAuthenticated();
  const signer = createSigner(session, key, { contextPin: (logIn) => logIn(new Secret('99999999')) });
  await expect(signer.sign(data, ecdsa)).rejects.toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
  const again = { code: 'PIN_INCORRECT', hint: 'nothing was sent to the card: no try was spent', details: { pinState: 'low' } };
  expect(() => signer.signSync(data, ecdsa)).toThrowError(expect.objectContaining(again));
  expect(fault.calls('C_Login')).toEqual(['C_Login 0xa0 context']);
});

test('a P-521 key that a card has can sign', async () => {
  const session = openCard().openLoggedIn();
  const id = { type: CKA.ID, value: newKeyId() };
  const token = { type: CKA.TOKEN, value: true };
  const curve = { type: CKA.EC_PARAMS, value: Buffer.from('06052b81040023', 'hex') };
  session.run('key generation', (lib, handle) =>
    lib.C_GenerateKeyPair(handle, { mechanism: CKM.EC_KEY_PAIR_GEN }, [id, token, curve], [id, token, { type: CKA.SIGN, value: true }]),
  );
  const key = findKey(session, id.value) as KeyEntry;
  expect(key).toMatchObject({ type: 'other', hasPrivate: true, hasPublic: true });
  for (const hash of hashes)
    expect([hash, await signsWell(createSigner(session, key), key, { kind: 'ecdsa', hash })]).toEqual([hash, true]);
});

test('while the card signs on the main thread a person is told, and not while it does other things', async () => {
  const said: string[] = [];
  const logged: string[] = [];
  const blocking = <T>(call: () => T, says?: string): T => {
    if (says !== undefined) said.push(says);
    return call();
  };
  const card = await openFaultyCard({ blocking, log: { verbose: (text) => logged.push(text), trace: () => {} } });
  const { session, key } = await withKey(card);
  card.fault.rules(['alwaysauth']);
  const signer = createSigner(session, { ...key, alwaysAuthenticate: true }, { contextPin: (logIn) => logIn(card.pin) });
  await signer.sign(data, ecdsa);
  expect([said, logged]).toEqual([[], []]);
  signer.signSync(data, ecdsa);
  expect([said, logged]).toEqual([['the card is signing'], ['the card is signing']]);
});
