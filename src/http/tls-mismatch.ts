/** Servers with which a card has no way of TLS in common: says which of the two lacks what. Decides nothing. */
import { LyncauthError } from '../errors.js';
import type { Signer } from '../signer.js';
import { needsTls12 } from './card-tls.js';
import { alertOf } from './client-alert.js';
import { serverName } from './failure.js';

/** RFC 8446 section 6.2. */
const HANDSHAKE_FAILURE = 40;
const PROTOCOL_VERSION = 70;

/** The server has no key exchange but that by its RSA key (static RSA), which proves too late who it is. */
export function unsignedExchange(url: URL, cause: unknown): LyncauthError {
  return new LyncauthError(
    'NETWORK',
    `${serverName(url)} uses static RSA (no ECDHE), and so cannot prove who it is before the card signs; the card did not sign`,
    { hint: 'ask who runs the server to allow cipher suites with ECDHE', cause },
  );
}

/** The error that `error` means for a server whose key exchange was not signed when everything was offered; undefined when it means something else. */
export function refusedExchange(error: unknown, url: URL, { signed }: { signed: boolean | undefined }): LyncauthError | undefined {
  return signed === false && alertOf(error) === HANDSHAKE_FAILURE ? unsignedExchange(url, error) : undefined;
}

/** The error that `error`, of a connection with the key of `signer`, means when the server takes TLS 1.3 only; `error` itself when it means something else. */
export function refusedVersion(error: unknown, url: URL, signer: Signer): unknown {
  if (alertOf(error) !== PROTOCOL_VERSION || !needsTls12(signer)) return error;
  return new LyncauthError(
    'NETWORK',
    `${serverName(url)} takes TLS 1.3 only, and the card cannot make the signatures that TLS 1.3 needs (RSA-PSS)`,
    { hint: 'ask who runs the server to allow TLS 1.2', details: { requestSent: false }, cause: error },
  );
}
