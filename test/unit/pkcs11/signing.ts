/** Keys that sign, and whether the signatures are good: for the tests of the signer. */
import { constants, createPublicKey, verify } from 'node:crypto';
import { generateKeyPair, newKeyId } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import type { KeyEntry, KeyType } from '../../../src/pkcs11/types.js';
import type { HashName, SignatureScheme, Signer } from '../../../src/signer.js';
import type { TestCard } from '../../support/card.js';

export const data = Buffer.from('data to be signed');
export const hashes: HashName[] = ['sha1', 'sha256', 'sha384', 'sha512'];

export async function withKey(card: TestCard, type: KeyType = 'p256'): Promise<{ session: CardSession; key: KeyEntry }> {
  const session = card.openLoggedIn();
  return { session, key: await generateKeyPair(session, { type, id: newKeyId(), label: 'k' }) };
}

export function verifies(key: KeyEntry, scheme: SignatureScheme, signature: Uint8Array): boolean {
  const publicKey = createPublicKey({ key: key.publicKey as Buffer, format: 'der', type: 'spki' });
  if (scheme.kind !== 'rsa-pss') return verify(scheme.hash, data, publicKey, signature);
  const { saltLength } = scheme;
  return verify(scheme.hash, data, { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
}

/** Whether both ways of signing make good signatures. */
export async function signsWell(signer: Signer, key: KeyEntry, scheme: SignatureScheme): Promise<boolean> {
  return verifies(key, scheme, await signer.sign(data, scheme)) && verifies(key, scheme, signer.signSync(data, scheme));
}
