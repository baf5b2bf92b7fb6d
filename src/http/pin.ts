/** Holds a connection to the one server that was proven: its certificate, or nothing goes out and nothing is signed. */
import type { TLSSocket } from 'node:tls';
import { LyncauthError } from '../errors.js';
import { serverName } from './failure.js';

/** Compares what a connection shows with the certificate that was proven. */
export class Pin {
  readonly #url: URL;
  readonly #leaf: Buffer;
  /** Why the connection was ended. */
  refusal: LyncauthError | undefined;

  /** @param leaf - the certificate of the proven server, DER */
  constructor(url: URL, leaf: Buffer) {
    this.#url = url;
    this.#leaf = leaf;
  }

  /**
   * Before each write. Until the server has shown its certificate only our greeting can go out, since OpenSSL answers no certificate request
   * that comes earlier.
   *
   * @throws LyncauthError TLS_UNTRUSTED when the server shows another certificate
   */
  beforeWriting(socket: TLSSocket): void {
    const shown = shownBy(socket);
    if (shown !== undefined && !shown.equals(this.#leaf)) this.#refuse();
  }

  /**
   * Before the card signs, in the middle of a handshake.
   *
   * @throws LyncauthError TLS_UNTRUSTED when the server shows another certificate, or none
   */
  beforeSigning(socket: TLSSocket | undefined): void {
    if (socket === undefined || !shownBy(socket)?.equals(this.#leaf)) this.#refuse();
  }

  #refuse(): never {
    this.refusal ??= new LyncauthError(
      'TLS_UNTRUSTED',
      `${serverName(this.#url)} showed one certificate first and then another; it got nothing of the card`,
      { hint: 'try again, and if this goes on ask who runs the server whether it has several certificates' },
    );
    throw this.refusal;
  }
}

/** The server's certificate, DER, as soon as it came. Not by getPeerX509Certificate(): in Node 20 that takes it out of the connection. */
export function shownBy(socket: TLSSocket): Buffer | undefined {
  return (socket.getPeerCertificate() as { raw?: Buffer }).raw;
}
