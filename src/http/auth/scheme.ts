/** What a way to log on is that proves the user to one connection, in rounds (RFC 4559 section 4): types only. */

/** As `details.tried` of an error names it. */
export type SchemeName = 'ntlm' | 'negotiate';

export interface LogonScheme {
  readonly name: SchemeName;
  /** Under which names servers offer it, the best one first. */
  readonly offers: readonly string[];
  /** Begins a conversation: one for each connection. Undefined where the scheme cannot be used here and another one may be. */
  begin(url: URL): Conversation | Promise<Conversation | undefined>;
}

export interface Round {
  token: Buffer;
  /** Whether the server may answer this round with what was asked for: then the body of the request goes with it. */
  last: boolean;
}

export interface Conversation {
  /**
   * The next round.
   *
   * @param challenge - the server's answer to the round before; undefined at first
   * @param certificate - the server's, DER, of the very connection that carries the rounds
   * @returns undefined when there is nothing to add: the server refused
   * @throws LyncauthError for a challenge that is none
   */
  next(challenge: Buffer | undefined, certificate: Buffer | undefined): Promise<Round | undefined>;
  /** The server's own name, as it told in the rounds: `ca1.contoso.test`. */
  readonly serverName?: string | undefined;
}

/** How a logon that came to nothing ended. */
export interface LogonTry {
  readonly scheme: SchemeName;
  /**
   * `ignored`: the server did not go on after the first round, so it does not take this scheme.
   * `cut`: the connection did not stay, and the logon with it.
   * `refused`: it got the whole proof.
   */
  readonly ended: 'ignored' | 'cut' | 'refused';
  readonly serverName?: string;
  /** Host and port of the proxy that the connection went through. */
  readonly proxy?: string;
  /** Another request of this user was answered before: name and password are right. */
  readonly knownUser?: true;
}
