/** What is to be enrolled: the answers of the person or of the flags, complete before anything is sent or written. */
import type { KeySlot, KeyType } from '../pkcs11/types.js';
import type { HashName } from '../signer.js';

export interface EnrollmentPlan {
  /** Base address of the certification authority's pages. */
  readonly ca: string;
  /** CN of the certificate template. */
  readonly template: string;
  /** The user principal name that the certificate must carry; undefined only where a person confirms it. */
  readonly upn: string | undefined;
  readonly keyType: KeyType;
  readonly hash: HashName;
  /** Friendly name: CKA_LABEL of the key pair and of the certificate. */
  readonly name: string;
  /** CKA_ID (hex) of the key to certify; undefined makes a new key pair. */
  readonly existingKey: string | undefined;
  /** Where the new key is made, on cards with fixed slots. */
  readonly slot?: SlotPlan | undefined;
  /** Retire the certificates of the same user that the card holds. */
  readonly replace: boolean;
  /** What to do with a retired certificate's key that may be needed to decrypt: `keep` unless someone said otherwise. */
  readonly deleteOldKey: boolean;
  /** Puts host, user and program name into the request: MS-WCCE section 2.2.2.7.4. */
  readonly clientInfo: { host: string; user: string; process: string } | undefined;
}

/** A slot whose content is given up for a new key. */
export interface SlotPlan extends KeySlot {
  /** What told the key that was there when it was given up, as markOf() has it; null for an empty slot. No other key may die for the enrollment. */
  readonly before: string | null;
}

/** What identifies an enrollment: the same four lead back to the same journal record. */
export interface EnrollmentKey {
  readonly ca: string;
  /** What the card is told from others by: cardKey(). */
  readonly card: string;
  readonly template: string;
  readonly upn: string | undefined;
}
