/** When one more try with TLS 1.2 makes sense: a server that wants the certificate only after it has read the request asks in vain under TLS 1.3. */
import { isLyncauthError } from '../../errors.js';
import { endedByServer } from '../client-alert.js';
import type { HttpResponse } from '../exchange.js';
import type { CardConnection } from './connection.js';

/** How a request over a card's connection ended. */
export type Outcome = { connection: CardConnection | undefined } & ({ response: HttpResponse } | { error: unknown });

/**
 * Whether the server may have asked late. Under TLS 1.2 it renegotiates; Node offers no authentication after the handshake (RFC 8446 section 4.2.6),
 * so such a server answers 403, or ends the connection. A POST is repeated only when an answer says that it was refused.
 */
export function mayHaveAskedLate(method: 'GET' | 'POST', outcome: Outcome): boolean {
  const { connection } = outcome;
  if (connection?.protocol !== 'TLSv1.3' || connection.cardKey.signatures > 0) return false;
  if ('response' in outcome) return outcome.response.status === 403;
  return method === 'GET' && outcome.error instanceof Error && endedByServer(outcome.error.cause);
}

/** Whether it was not even possible to connect with TLS 1.2. */
export function isUnreachable(outcome: Outcome): boolean {
  return 'error' in outcome && isLyncauthError(outcome.error, 'NETWORK', 'TIMEOUT') && outcome.error.details.requestSent === false;
}

/** Whether TLS 1.2 is the version for this server from now on. */
export function helped(outcome: Outcome): boolean {
  if (isUnreachable(outcome)) return false;
  const signed = (outcome.connection?.cardKey.signatures ?? 0) > 0;
  return signed || !('response' in outcome) || outcome.response.status !== 403;
}
