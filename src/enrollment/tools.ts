/** What the enrollment flow is given to work with: types only. */
import type { CaClient } from '../ca-client/types.js';
import type { Progress } from '../context.js';
import type { CardSession } from '../pkcs11/session.js';
import type { ContextPin } from '../pkcs11/signer.js';
import type { CertificateInfo } from '../x509/certificate.js';
import type { EnrollmentRecord, Journal } from './journal.js';

/** What the flow works with: one card, one CA, one journal, and the questions only a person can answer. */
export interface EnrollmentTools {
  readonly session: CardSession;
  readonly ca: CaClient;
  readonly journal: Journal;
  readonly progress: Progress;
  /** Folder for the certificates that --replace takes off the card. */
  readonly savedDir: string;
  /** Certificates (DER) that may have issued ours, instead of those the CA serves. */
  readonly issuers?: readonly Uint8Array[];
  /** The user principal name that this run expects; what the plan expects is checked besides. */
  readonly upn?: string | undefined;
  now(): Date;
  /** Logs in to the card, changing its PIN first where the plan says so. Called once, before the card is needed. */
  unlock(record: EnrollmentRecord): Promise<void>;
  /** The PIN again, for keys that want it at each signature. */
  readonly contextPin: ContextPin;
  /** Whether this is the person's certificate. @param expected - the user principal name it was checked against, if one was known */
  confirm(certificate: CertificateInfo, expected: string | undefined): Promise<boolean>;
  /** Whether the key of a retired certificate may go although it could decrypt; asked where the plan does not say so. */
  mayDeleteKey(certificate: CertificateInfo): Promise<boolean>;
}
