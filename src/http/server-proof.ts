/** Proves a server before a card acts: one connection without a certificate. Sends nothing of the card and no request. */
import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { endedByServer } from './client-alert.js';
import { shownBy } from './pin.js';
import { attempt, type ConnectOptions, handshake, startTls } from './tls-attempt.js';
import { unsignedExchange } from './tls-mismatch.js';
import { hostOf } from './transport.js';

export interface ProvenServer {
  /** DER. */
  leaf: Buffer;
  /** The chain above the leaf up to its root, DER: enough to trust in the next connection. Empty when it is not known in full. */
  issuers: Buffer[];
  protocol?: string;
  /** Its key exchange was signed. One that is not (static RSA) proves only at the end of the handshake, after a card has signed, who the server is. */
  signed: boolean;
}

/**
 * Verifies chain and name of the server at `url`. One that ends the handshake because it wants a certificate, as it must under TLS 1.2 (RFC 5246
 * section 7.4.6), is judged by what it had shown until then.
 *
 * @throws LyncauthError TLS_UNTRUSTED, NETWORK, TIMEOUT or INTERRUPTED, with `details.requestSent` false.
 */
export async function proveServer(url: URL, options: ConnectOptions): Promise<ProvenServer> {
  return await attempt(url, options, async (signal) => {
    let shown: Shown | undefined;
    const look = (socket: TLSSocket) => {
      if (!socket.authorized) shown ??= whatIsShown(socket, options.ca);
    };
    const socket = await startTls(url, options, { signal, secureContext: options.secureContext, look });
    try {
      await handshake(socket);
      return { ...proofOf(socket, options.ca), ...protocolOf(socket), signed: isSigned(socket) };
    } catch (error) {
      if (signal.aborted || shown === undefined || !endedByServer(error)) throw error;
      return judge(url, shown, error);
    } finally {
      // In order, so that the server does not log a broken handshake.
      socket.destroySoon();
    }
  });
}

/** What a server had shown when our second flight left: its certificate, judged by OpenSSL, and how it proved to hold the key. */
interface Shown {
  proof: ProvenServer;
  certificate: DetailedPeerCertificate;
  /** OpenSSL's verdict on the chain; undefined when this Node does not tell. */
  verdict: Error | null | undefined;
}

function whatIsShown(socket: TLSSocket, ca: readonly string[]): Shown | undefined {
  if (shownBy(socket) === undefined) return undefined;
  // Node tells a caller only when the handshake is done; what it will tell is asked of the same place.
  const { _handle: handle } = socket as unknown as { _handle?: { verifyError?: () => Error | null | undefined } };
  return {
    proof: { ...proofOf(socket, ca), ...protocolOf(socket), signed: isSigned(socket) },
    certificate: socket.getPeerCertificate(true),
    verdict: handle?.verifyError === undefined ? undefined : (handle.verifyError() ?? null),
  };
}

/** @throws `ending` when the server is not judged; the reason when it is not trusted. */
function judge(url: URL, { proof, certificate, verdict }: Shown, ending: unknown): ProvenServer {
  // Under TLS 1.3 the handshake has ended by the time a server can find that a certificate is missing.
  if (verdict === undefined || proof.protocol === 'TLSv1.3') throw ending;
  if (!proof.signed) throw unsignedExchange(url, ending);
  const untrusted = verdict ?? checkServerIdentity(hostOf(url), certificate);
  if (untrusted) throw untrusted;
  return proof;
}

/** IANA names of TLS 1.2 suites name their key exchange; that of TLS 1.3 is always signed. */
function isSigned(socket: TLSSocket): boolean {
  return socket.getProtocol() === 'TLSv1.3' || /^TLS_(EC)?DHE_/.test(socket.getCipher().standardName);
}

function protocolOf(socket: TLSSocket): { protocol?: string } {
  const protocol = socket.getProtocol();
  return protocol === null ? {} : { protocol };
}

function proofOf(socket: TLSSocket, ca: readonly string[]): Pick<ProvenServer, 'leaf' | 'issuers'> {
  const chain = certificatesOf(socket.getPeerCertificate(true));
  const [leaf] = chain;
  if (leaf === undefined) throw new Error('the server showed no certificate');
  return { leaf: leaf.raw, issuers: isComplete(chain, ca) ? chain.slice(1).map(({ raw }) => raw) : [] };
}

/** The leaf and what is above it, as far as Node knows. */
function certificatesOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let at = leaf; at?.raw !== undefined; at = at.issuerCertificate) {
    chain.push(new X509Certificate(at.raw));
    if (at.issuerCertificate === at) break;
  }
  return chain;
}

/** Whether the chain ends in one of our roots and holds today: there may be another way up, which only all roots together show. */
function isComplete(chain: readonly X509Certificate[], ca: readonly string[]): boolean {
  const now = Date.now();
  const holds = chain.every((certificate, i) => {
    const issuer = chain[i + 1] ?? certificate;
    const inTime = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    return inTime && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  });
  const root = chain.at(-1)?.raw.toString('base64');
  return holds && root !== undefined && ca.some((pem) => pem.replace(/\s/g, '').includes(root));
}
