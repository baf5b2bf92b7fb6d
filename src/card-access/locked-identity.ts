/** A card's identity before its PIN is given: enough to see what it could be used for, not able to prove anything. */
import { createPublicKey } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import type { ClientIdentity } from '../signer.js';
import type { UserCertificate } from './choose-certificate.js';

/** Says which certificate and which kinds of signature there will be; a signature asked of it is a fault of this program: INTERNAL. */
export function lockedIdentity({ info }: UserCertificate): ClientIdentity {
  const signsRsa = createPublicKey({ key: info.publicKey, format: 'der', type: 'spki' }).asymmetricKeyType === 'rsa';
  const refuse = (): never => {
    throw new LyncauthError('INTERNAL', 'the card was asked for a signature before its PIN was given');
  };
  return {
    certificate: info.der,
    signer: {
      publicKey: info.publicKey,
      supports: (kind) => (kind === 'ecdsa') !== signsRsa,
      sign: async () => refuse(),
      signSync: refuse,
    },
  };
}
