/** When one more try with TLS 1.2 makes sense: a server that wants the certificate only after it has read the request asks in vain under TLS 1.3. */
import { type ErrorCode, isLyncauthError } from '../../errors.js';
import type { ClientIdentity } from '../../signer.js';
import { alertOf, endedByServer } from '../client-alert.js';
import type { HttpResponse } from '../exchange.js';
import type { CardConnection } from './connection.js';

/** How a request over a card's connection ended. */
export type Outcome = { connection: CardConnection | undefined } & ({ response: HttpResponse } | Failed);

interface Failed {
  error: unknown;
  /** Only now did it turn out that the card makes no PSS signatures, which some cards list and refuse. */
  pssRefused: boolean;
}

/** Where servers ask late, as far as it was tried. */
export interface LateServers {
  /** The server is known to ask late, for one path at least: TLS 1.2 from the start. */
  asksLate(url: URL): boolean;
  /** TLS 1.2 made no difference here to this certificate. */
  inVain(url: URL, identity: ClientIdentity): boolean;
  /** Learns from how the try with TLS 1.2 ended. */
  learn(url: URL, identity: ClientIdentity, outcome: Outcome): void;
}

/** What is remembered at most, of each kind. */
const MEMORY = 200;

/** Knows nothing of any server yet. */
export function createLateServers(): LateServers {
  const late = new Set<string>();
  // Paths of one server may differ in what they ask for, and what is refused to one person may be open to another.
  const vain = new WeakMap<ClientIdentity, Set<string>>();
  const pathOf = ({ origin, pathname }: URL) => `${origin}${pathname}`;
  return {
    asksLate: ({ origin }) => late.has(origin),
    inVain: (url, identity) => vain.get(identity)?.has(pathOf(url)) === true,
    learn(url, identity, outcome) {
      if (helped(outcome)) return remember(late, url.origin);
      if (!isAnswer(outcome)) return;
      const paths = vain.get(identity) ?? new Set<string>();
      vain.set(identity, paths);
      remember(paths, pathOf(url));
    },
  };
}

/** Forgets the oldest when there are too many. */
function remember(known: Set<string>, one: string): void {
  known.add(one);
  const [oldest] = known;
  if (known.size > MEMORY && oldest !== undefined) known.delete(oldest);
}

/**
 * Whether the server may have asked late. Under TLS 1.2 it renegotiates; Node offers no authentication after the handshake (RFC 8446 section 4.2.6),
 * so such a server answers 403, or ends the connection. Unless it is `repeatable`, a request is repeated only when an answer says that it was refused.
 */
export function mayHaveAskedLate(outcome: Outcome, repeatable: boolean): boolean {
  const { connection } = outcome;
  if (connection?.protocol !== 'TLSv1.3' || connection.cardKey.signatures > 0) return false;
  if ('response' in outcome) return outcome.response.status === 403;
  return repeatable && outcome.error instanceof Error && endedByServer(outcome.error.cause);
}

/** Whether it was not even possible to connect with TLS 1.2. */
export function isUnreachable(outcome: Outcome): boolean {
  return 'error' in outcome && isUnsent(outcome.error, 'NETWORK', 'TIMEOUT');
}

/** Whether `error`, with one of `codes` if any are given, came before anything of the request was sent. */
export function isUnsent(error: unknown, ...codes: ErrorCode[]): boolean {
  return isLyncauthError(error, ...codes) && error.details.requestSent === false;
}

/** Whether TLS 1.2 is the version for this server from now on: it asked the card, or let us in without. */
function helped({ connection, ...outcome }: Outcome): boolean {
  const asked = connection !== undefined && (connection.cardKey.signatures > 0 || connection.cardKey.failure !== undefined);
  return asked || ('response' in outcome && outcome.response.status !== 403);
}

/** Whether the server itself has said or shown that TLS 1.2 is no way in. What could not be reached, or not be asked for want of the card, says nothing. */
function isAnswer(outcome: Outcome): boolean {
  if ('response' in outcome) return true;
  const { error } = outcome;
  return alertOf(error) !== undefined || (isLyncauthError(error, 'NETWORK') && error.details.requestSent === true);
}
