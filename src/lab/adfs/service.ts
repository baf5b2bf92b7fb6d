/** What the parts of the practice organisation's AD FS are given at every request, and what they answer: types only. */
import type { Account } from '../accounts.js';
import type { Fault } from '../faults.js';
import type { Federation } from '../federation.js';
import type { LabResponse } from '../message.js';
import type { SingleSignOn } from './single-sign-on.js';
import type { Switches } from './switches.js';

export interface Service {
  readonly federation: Federation;
  /** The CA whose certificates are trusted, DER: the organisation's, or none. */
  readonly root: Uint8Array | undefined;
  readonly faults: readonly Fault[];
  readonly switches: Switches;
  readonly signOn: SingleSignOn;
  /** Identifiers of the signed messages that were taken, until they are out of date (milliseconds). */
  readonly messages: Map<string, number>;
  /** AD FS's own clock. */
  now(): Date;
}

export interface AdfsResponse extends LabResponse {
  /** Whom the answer is about, for the log. */
  readonly account?: Account;
  /** Why it is what it is, for the log. */
  readonly note?: string;
}
