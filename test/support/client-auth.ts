/** Servers that want a client certificate: what they have in common, whichever program they are. */
import type { ServerIdentity } from './loopback-https.js';

export const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

export type TlsVersion = (typeof TLS_VERSIONS)[number];

export interface ClientAuthOptions {
  identity: ServerIdentity;
  /** The root whose client certificates are taken, PEM. */
  clientCa: string;
  /** The only TLS version it speaks; TLS_VERSIONS unless given. */
  protocol?: TlsVersion;
}

/** A server that answers 200 with the headers X-Client (the subject, RFC 4514) and X-Protocol (such as TLSv1.3). */
export interface ClientAuthServer {
  /** https://localhost:PORT */
  url: string;
  stop(): Promise<void>;
}
