/** What a card signs: hash in JavaScript, mechanism and input for the portable base that every card has. Must not import native code. */
import { createHash } from 'node:crypto';
import type { Mechanism } from 'pkcs11js';
import { LyncauthError } from '../errors.js';
import type { HashName, SignatureScheme } from '../signer.js';
import { CKG_MGF1, CKM } from './cryptoki.js';
import type { KeyEntry } from './types.js';

export interface SignatureInput {
  mechanism: Mechanism;
  input: Buffer;
}

/** DER of DigestInfo up to the hash (RFC 8017 section 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashName, Buffer>> = {
  sha1: Buffer.from('3021300906052b0e03021a05000414', 'hex'),
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

const HASH_MECHANISMS: Readonly<Record<HashName, number>> = { sha1: CKM.SHA_1, sha256: CKM.SHA256, sha384: CKM.SHA384, sha512: CKM.SHA512 };
/** Marks CK_RSA_PKCS_PSS_PARAMS for the binding (its CK_PARAMS_RSA_PSS; not a number of the standard). */
const PSS_PARAMETERS = 5;
const CURVE_BYTES: Partial<Record<KeyEntry['type'], number>> = { p256: 32, p384: 48 };

/**
 * Mechanism and input for C_Sign. RSA PKCS #1 v1.5 is CKM_RSA_PKCS over a DigestInfo and ECDSA is CKM_ECDSA over the hash: the mechanisms that hash
 * on the card are missing too often.
 * @param mechanisms the CKM_ numbers that the card lists
 * @throws CARD_UNSUPPORTED when key and scheme don't go together, or for PSS on a card without it
 */
export function signatureInput(
  data: Uint8Array,
  scheme: SignatureScheme,
  type: KeyEntry['type'],
  mechanisms: () => ReadonlySet<number>,
): SignatureInput {
  const isEc = type === 'p256' || type === 'p384';
  const isRsa = type.startsWith('rsa') || type === 'other';
  if (scheme.kind === 'ecdsa' ? !isEc : !isRsa)
    throw new LyncauthError('CARD_UNSUPPORTED', `a ${type} key cannot make ${scheme.kind} signatures`);
  const hash = createHash(scheme.hash).update(data).digest();
  switch (scheme.kind) {
    case 'ecdsa':
      // leftmost bits only (FIPS 186-4 section 6.4): not every card cuts a longer hash itself
      return { mechanism: { mechanism: CKM.ECDSA }, input: hash.subarray(0, CURVE_BYTES[type]) };
    case 'rsa-pkcs1':
      return { mechanism: { mechanism: CKM.RSA_PKCS }, input: Buffer.concat([DIGEST_INFO[scheme.hash], hash]) };
    case 'rsa-pss':
      if (!mechanisms().has(CKM.RSA_PKCS_PSS)) throw new LyncauthError('CARD_UNSUPPORTED', 'the card has no RSA-PSS signatures');
      return { mechanism: { mechanism: CKM.RSA_PKCS_PSS, parameter: pssParameters(scheme.hash, scheme.saltLength) }, input: hash };
  }
}

function pssParameters(hash: HashName, saltLength: number) {
  if (!Number.isInteger(saltLength) || saltLength < 0) throw new LyncauthError('INTERNAL', 'a PSS salt length is a number of bytes');
  return { type: PSS_PARAMETERS, hashAlg: HASH_MECHANISMS[hash], mgf: CKG_MGF1[hash], saltLen: saltLength };
}
