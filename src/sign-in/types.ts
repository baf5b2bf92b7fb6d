/** What the parts of a sign-in give each other: types only. */
import type { HttpClient } from '../http/client.js';
import type { Log } from '../log.js';
import type { Secret } from '../secret.js';
import type { ClientIdentity } from '../signer.js';
import type { MethodName } from '../store/method-names.js';

export type { MethodName } from '../store/method-names.js';
export type { StoredSession as Session } from '../store/sessions.js';

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

/** A bearer token of a pool. */
export interface Token {
  readonly value: Secret;
  readonly expiresAt: Date;
}

/** A password, and whose it is. */
export interface AccountPassword {
  /** By the name that the pool and AD FS know: a user principal name, `DOMAIN\user`, or the sign-in address where that is one. */
  readonly account: string;
  readonly secret: Secret;
}

/** What proves the user: the card (certificate and signer), or a password. */
export interface Proof {
  readonly identity: ClientIdentity | undefined;
  readonly password: AccountPassword | undefined;
}

/** What every method is given. */
export interface MethodInput extends Proof {
  readonly http: HttpClient;
  readonly log: Log | undefined;
  readonly address: Address;
  readonly trust: TrustRule;
  /** The pool's `…/WebTicket/oauthtoken`; trusted already. */
  readonly tokenUrl: URL;
  /** What the token service takes, by its own word. */
  readonly grants: readonly string[];
  /** The pool's passive sign-in page, as the pool named it; undefined when it offers none. */
  readonly passiveUrl: URL | undefined;
  now(): Date;
}

export interface SignInMethod {
  readonly name: MethodName;
  /** Why it cannot be used here, in words for `notUsed`; undefined when it can. Asks nobody. */
  unavailable(input: MethodInput): string | undefined;
  /**
   * Goes as far as anybody may, with a proof that can only be looked at: what has to be refused is refused before anybody gives a PIN.
   *
   * @throws LyncauthError with a plain sentence and a hint; METHOD_NOT_OFFERED when it turns out that the method cannot be used here
   */
  prepare(input: MethodInput): Promise<PreparedSignIn>;
}

/** Goes on to the token, once. @throws LyncauthError with a plain sentence and a hint */
export type PreparedSignIn = (proof: Proof) => Promise<Token>;
