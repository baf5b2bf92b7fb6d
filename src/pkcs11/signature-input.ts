/** What a card signs: hash in JavaScript, mechanism and input for the portable base that every card has. Must not import native code. */
import { createHash } from 'node:crypto';
import type { Mechanism } from 'pkcs11js';
import { LyncauthError } from '../errors.js';
import type { HashName, SignatureScheme } from '../signer.js';
import { CKG_MGF1, CKM } from './cryptoki.js';
import { emsaPss } from './emsa-pss.js';
import type { SigningKey } from './public-key.js';

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

/** Whether a key can make signatures of `kind`. @param mechanisms the CKM_ numbers that the card lists; asked for RSA keys only */
export function supportsKind(kind: SignatureScheme['kind'], key: SigningKey, mechanisms: () => ReadonlySet<number>): boolean {
  if (kind === 'ecdsa' || key.kind === 'EC') return kind === 'ecdsa' && key.kind === 'EC';
  const listed = mechanisms();
  return kind === 'rsa-pkcs1' ? listed.has(CKM.RSA_PKCS) : listed.has(CKM.RSA_PKCS_PSS) || listed.has(CKM.RSA_X_509);
}

/**
 * Mechanism and input for C_Sign. RSA PKCS #1 v1.5 is CKM_RSA_PKCS over a DigestInfo and ECDSA is CKM_ECDSA over the hash: the mechanisms that hash
 * on the card are missing too often. RSA-PSS is done by cards that list it; for others it is encoded here where the card lists plain RSA.
 * @param mechanisms the CKM_ numbers that the card lists; asked for PSS only
 * @throws CARD_UNSUPPORTED when key and scheme don't go together, or for PSS on a card with neither way
 */
export function signatureInput(
  data: Uint8Array,
  scheme: SignatureScheme,
  key: SigningKey,
  mechanisms: () => ReadonlySet<number>,
): SignatureInput {
  const hash = createHash(scheme.hash).update(data).digest();
  if (scheme.kind === 'ecdsa' && key.kind === 'EC') {
    // leftmost bits only (FIPS 186-4 section 6.4): not every card cuts a longer hash itself
    return { mechanism: { mechanism: CKM.ECDSA }, input: hash.subarray(0, key.curveBytes) };
  }
  if (scheme.kind === 'ecdsa' || key.kind === 'EC')
    throw new LyncauthError('CARD_UNSUPPORTED', `an ${key.kind} key cannot make ${scheme.kind} signatures`);
  if (scheme.kind === 'rsa-pkcs1')
    return { mechanism: { mechanism: CKM.RSA_PKCS }, input: Buffer.concat([DIGEST_INFO[scheme.hash], hash]) };
  const { saltLength } = scheme;
  if (!Number.isInteger(saltLength) || saltLength < 0) throw new LyncauthError('INTERNAL', 'a PSS salt length is a number of bytes');
  const listed = mechanisms();
  if (listed.has(CKM.RSA_PKCS_PSS))
    return { mechanism: { mechanism: CKM.RSA_PKCS_PSS, parameter: pssParameters(scheme.hash, saltLength) }, input: hash };
  if (!listed.has(CKM.RSA_X_509)) throw new LyncauthError('CARD_UNSUPPORTED', 'the card has no RSA-PSS signatures');
  const input = emsaPss(scheme.hash, hash, { salt: saltLength, modulus: key.modulusBits });
  return { mechanism: { mechanism: CKM.RSA_X_509 }, input };
}

function pssParameters(hash: HashName, saltLen: number) {
  return { type: PSS_PARAMETERS, hashAlg: HASH_MECHANISMS[hash], mgf: CKG_MGF1[hash], saltLen };
}
