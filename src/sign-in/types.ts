/** What the parts of a sign-in give each other: types only. */
import type { HttpClient } from '../http/client.js';
import type { Log } from '../log.js';
import type { Secret } from '../secret.js';
import type { ClientIdentity } from '../signer.js';

/** A sign-in address (a SIP address without `sip:`), lower case. */
export interface Address {
  /** `alice@lab.test`. */
  readonly text: string;
  readonly user: string;
  readonly domain: string;
}

/** Decides which servers may see credentials of one address; see trust-rule.ts. */
export interface TrustRule {
  /**
   * @param what - as a sentence names it: `the web ticket service`
   * @throws LyncauthError DOMAIN_UNTRUSTED for a host that neither the address's domain nor a person vouches for; USAGE for http:.
   */
  assertTrusted(url: URL, what: string): Promise<void>;
}

export type MethodName = 'passive' | 'certificate' | 'password';

/** A bearer token of a pool. */
export interface Token {
  readonly value: Secret;
  readonly expiresAt: Date;
}

/** What every method is given. */
export interface MethodInput {
  readonly http: HttpClient;
  readonly log: Log | undefined;
  readonly address: Address;
  readonly trust: TrustRule;
  /** The pool's `…/WebTicket/oauthtoken`; trusted already. */
  readonly tokenUrl: URL;
  /** The pool's passive sign-in page, as the pool named it; undefined when it offers none. */
  readonly passiveUrl: URL | undefined;
  /** The card: certificate and signer. */
  readonly identity: ClientIdentity | undefined;
  readonly password: Secret | undefined;
  now(): Date;
}

export interface SignInMethod {
  readonly name: MethodName;
  /** Why it cannot be used here, in words for `notUsed`; undefined when it can. */
  unavailable(input: MethodInput): string | undefined;
  /** @throws LyncauthError with a plain sentence and a hint. */
  signIn(input: MethodInput): Promise<Token>;
}

/** What is stored of a session, and what `status` tells. */
export interface Session {
  readonly address: string;
  readonly displayName: string;
  readonly method: MethodName;
  readonly notUsed: readonly { method: MethodName; reason: string }[];
  /** Origin of the pool that issued the token: it goes nowhere else. */
  readonly server: string;
  readonly token: Secret;
  readonly since: Date;
  readonly expiresAt: Date;
  /** Address of the UCWA application, for DELETE. */
  readonly application: string | undefined;
  /** Of the card; undefined for `password`. */
  readonly certificate: { sha256: string; notAfter: Date } | undefined;
}
