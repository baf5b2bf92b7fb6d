/** A TLS connection with the card's certificate, to a server that was verified before the card did anything. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type TLSSocket } from 'node:tls';
import { LyncauthError } from '../../errors.js';
import type { ClientIdentity } from '../../signer.js';
import { type CardKey, createCardKey, needsTls12 } from '../card-tls.js';
import { cutAfterSigning, refusedByServer } from '../client-alert.js';
import { Pin } from '../pin.js';
import { type ProvenServer, proveServer } from '../server-proof.js';
import { attempt, type ConnectOptions, handshake, startTls } from '../tls-attempt.js';
import { refusedExchange, refusedVersion } from '../tls-mismatch.js';

/** For keys without RSA-PSS, which OpenSSL would prefer under TLS 1.2 too. */
const SIGNATURES_WITHOUT_PSS = 'ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA+SHA256:RSA+SHA384:RSA+SHA512';

export interface CardConnection {
  /** Verified, its handshake done. */
  readonly socket: TLSSocket;
  readonly cardKey: CardKey;
  /** TLSv1.2 or TLSv1.3. */
  readonly protocol: string;
  /** What an error on the socket means; `error` itself when card and certificate have nothing to do with it. `answered`: the server had said anything. */
  explain(error: unknown, answered: boolean): unknown;
}

/**
 * Connects to the server at `url` and authenticates with `identity` if it asks. The first connection proves the server; the second takes that
 * very certificate only, and until it has seen it sends nothing of the card.
 *
 * @throws LyncauthError with `details.requestSent` false: what {@link createCardKey} and {@link proveServer} throw, what the signer threw, and
 *   CLIENT_CERTIFICATE_REFUSED with `details.alert`.
 */
export async function connectWithCard(url: URL, identity: ClientIdentity, options: ConnectOptions): Promise<CardConnection> {
  let pin: Pin | undefined;
  let socket: TLSSocket | undefined;
  // A key without its pin, or asked too early, must not sign.
  const beforeSigning = () => (pin ?? new Pin(url, Buffer.alloc(0))).beforeSigning(socket);
  const cardKey = createCardKey(identity, { beforeSigning });
  try {
    const capped = needsTls12(identity.signer) && options.maxVersion !== 'TLSv1.2' ? upToTls12(options) : options;
    const server = await proveServer(url, capped);
    const proven = new Pin(url, server.leaf);
    pin = proven;
    const secureContext = contextWith(cardKey, identity, server, capped);
    const explain = (error: unknown, answered: boolean) =>
      proven.refusal ??
      signerFailure(cardKey) ??
      refusedByServer(error, url, cardKey) ??
      (answered ? undefined : cutAfterSigning(error, url, cardKey)) ??
      error;
    const secured = await attempt(url, capped, async (signal) => {
      try {
        socket = await startTls(url, capped, { signal, secureContext, look: (started) => proven.beforeWriting(started) });
        await handshake(socket);
        return socket;
      } catch (error) {
        throw refusedExchange(error, url, server) ?? explain(error, false);
      }
    });
    secured.once('close', cardKey.dispose);
    return { socket: secured, cardKey, protocol: secured.getProtocol() ?? '', explain };
  } catch (error) {
    cardKey.dispose();
    throw refusedVersion(error, url, identity.signer);
  }
}

function upToTls12(options: ConnectOptions): ConnectOptions {
  return { ...options, maxVersion: 'TLSv1.2', secureContext: createSecureContext({ ca: [...options.ca], maxVersion: 'TLSv1.2' }) };
}

/** Trusts the issuers of the proven server alone where they are known: reading all roots takes longer than the handshake. */
function contextWith(key: CardKey, { signer }: ClientIdentity, { issuers }: ProvenServer, options: ConnectOptions): SecureContext {
  const { ca, maxVersion } = options;
  try {
    return createSecureContext({
      ca: issuers.length > 0 ? issuers.map((der) => new X509Certificate(der).toString()) : [...ca],
      cert: key.cert,
      key: key.key,
      // Only a key exchange that is signed proves, before we sign, that the server holds the key of the certificate it shows.
      ciphers: `${DEFAULT_CIPHERS}:!kRSA`,
      ...(maxVersion && { maxVersion }),
      ...(needsTls12(signer) && { sigalgs: SIGNATURES_WITHOUT_PSS }),
    });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new LyncauthError('CARD_UNSUPPORTED', `OpenSSL does not take the certificate on the card: ${text}`, {
      hint: 'get a certificate with a longer key or a newer hash: lyncauth enroll --replace',
      cause,
    });
  }
}

/** What the signer threw; one that is not typed must not be taken for trouble with the network. */
function signerFailure({ failure }: CardKey): LyncauthError | undefined {
  if (failure === undefined || failure instanceof LyncauthError) return failure;
  const text = failure instanceof Error ? failure.message : String(failure);
  return new LyncauthError('CARD_FAILED', `the card did not sign: ${text}`, {
    hint: 'take the card out, put it back and try again',
    cause: failure,
  });
}
