/** What crosses from the card to everything that needs its key: types only. */
import type { Secret } from './secret.js';

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** A signature scheme. ECDSA signatures are DER-encoded (SEQUENCE of r and s), as X.509 and TLS want them. */
export type SignatureScheme =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly saltLength: number }
  | { readonly kind: 'ecdsa'; readonly hash: HashName };

/** A private key that can sign but not be read. */
export interface Signer {
  /** SubjectPublicKeyInfo, DER (RFC 5280 section 4.1.2.7). */
  readonly publicKey: Uint8Array;
  /** Whether the key can make signatures of this kind: RSA-PSS is missing on some cards. */
  supports(kind: SignatureScheme['kind']): boolean;
  /** Signs `data` (hashed by the signer), off the main thread where the driver can. */
  sign(data: Uint8Array, scheme: SignatureScheme): Promise<Uint8Array>;
  /** The same on the main thread, for TLS, which needs the answer at once. */
  signSync(data: Uint8Array, scheme: SignatureScheme): Uint8Array;
}

/** Who a card says its holder is: what TLS client authentication needs. */
export interface ClientIdentity {
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  readonly signer: Signer;
  /** For another program that opens the card by itself (the curl fall-back); only after our own login with this PIN succeeded. */
  readonly external?: {
    /** Absolute path of the PKCS#11 module. */
    readonly modulePath: string;
    /** Of token and key (RFC 7512), without a PIN. */
    readonly uri: string;
    readonly pin: Secret;
  };
}
