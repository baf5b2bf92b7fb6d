import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { clientIdentity } from '../../../src/card-access/client-identity.js';
import { generateKeyPair, newKeyId } from '../../../src/pkcs11/keys.js';
import { matchesUri, parseUri } from '../../../src/pkcs11/uri.js';
import { makeCertificate, openCard, openFaultyCard, type TestCard } from '../../support/card.js';

const data = Buffer.from('data to be signed');
const { der } = makeCertificate();

async function withKey(card: TestCard) {
  const session = card.openLoggedIn();
  return { session, key: await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' }) };
}

test('an identity has the certificate and signs with the key', async () => {
  const card = openCard();
  const { session, key } = await withKey(card);
  const { certificate, signer } = clientIdentity(session, key, der, { pin: card.pin });
  expect([certificate, signer.publicKey]).toEqual([der, key.publicKey]);
  const publicKey = createPublicKey({ key: key.publicKey as Buffer, format: 'der', type: 'spki' });
  expect(verify('sha256', data, publicKey, signer.signSync(data, { kind: 'ecdsa', hash: 'sha256' }))).toBe(true);
});

test('another program is told the driver, the key by token and id, and the PIN, which is not in the URI', async () => {
  const card = openCard({ label: 'R&D; Ünit' });
  const { session, key } = await withKey(card);
  const { external } = clientIdentity(session, key, der, { pin: card.pin });
  const token = session.tokenInfo();
  expect(external?.modulePath).toBe(card.token.modulePath);
  expect(external?.pin.equals(card.pin)).toBe(true);
  expect(external?.uri).toBe(
    `pkcs11:serial=${token.serial};token=R%26D%3B%20%C3%9Cnit;id=${key.id.toString('hex').toUpperCase().replace(/../g, '%$&')};type=private`,
  );
  expect(matchesUri(parseUri(external?.uri ?? ''), token, key)).toBe(true);
});

test('the URI leads to the token and to the id of the key, not of another', async () => {
  const card = openCard();
  const { session, key } = await withKey(card);
  const other = await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  const uri = parseUri(clientIdentity(session, key, der, { pin: card.pin }).external?.uri ?? '');
  expect([key, other].map((each) => matchesUri(uri, session.tokenInfo(), each))).toEqual([true, false]);
});

test('behind a PIN pad no other program is told anything', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  card.fault.rules([`pinpad ${card.token.pin}`]);
  const identity = clientIdentity(session, key, der, { pin: card.pin });
  expect(identity).not.toHaveProperty('external');
});

test('nor for a key that wants a PIN for each signature, which gets it here', async () => {
  const card = await openFaultyCard();
  const { session, key } = await withKey(card);
  card.fault.rules(['alwaysauth']);
  const identity = clientIdentity(session, { ...key, alwaysAuthenticate: true }, der, {
    pin: card.pin,
    contextPin: (logIn) => logIn(card.pin),
  });
  expect(identity).not.toHaveProperty('external');
  expect(identity.signer.signSync(data, { kind: 'ecdsa', hash: 'sha256' }).length).toBeGreaterThan(64);
});

test('nor for a key without an id, which a URI could not tell from others', async () => {
  const card = openCard();
  const { session, key } = await withKey(card);
  expect(clientIdentity(session, { ...key, id: Buffer.alloc(0) }, der, { pin: card.pin })).not.toHaveProperty('external');
});
