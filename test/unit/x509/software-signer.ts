/** A Signer whose key is in memory, in the place of a card's. */
import { constants, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { SignatureScheme, Signer } from '../../../src/signer.js';
import { openssl } from '../../support/openssl.js';

export interface SoftwareSigner extends Signer {
  key: KeyObject;
  /** Every scheme that was asked for. */
  schemes: SignatureScheme[];
}

/** `bits` for RSA or a curve for EC; the key is made by openssl. */
export function softwareSigner(kind: 2048 | 3072 | 4096 | 'P-256' | 'P-384'): SoftwareSigner {
  const options =
    typeof kind === 'number' ? ['RSA', '-pkeyopt', `rsa_keygen_bits:${kind}`] : ['EC', '-pkeyopt', `ec_paramgen_curve:${kind}`];
  const pem = openssl(['genpkey', '-algorithm', ...options]).toString();
  const key = createPrivateKey(pem);
  const schemes: SignatureScheme[] = [];
  const signSync = (data: Uint8Array, scheme: SignatureScheme) => {
    schemes.push(scheme);
    if (scheme.kind !== 'rsa-pss') return sign(scheme.hash, data, key);
    return sign(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength });
  };
  return {
    key,
    schemes,
    publicKey: openssl(['pkey', '-pubout', '-outform', 'DER'], { input: Buffer.from(pem) }),
    sign: async (data, scheme) => signSync(data, scheme),
    supports: (scheme) => (scheme === 'ecdsa') === (key.asymmetricKeyType === 'ec'),
    signSync,
  };
}
