/** A stream over a network socket that asks before each write whether bytes may still go out. Knows nothing of TLS. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * For tls.connect({ socket }): `look` is called before each write and may inspect the TLS socket. When it throws, nothing more goes out and
 * the connection ends with what it threw. To refuse inside the handshake instead, by an exception in a callback, would not do: OpenSSL
 * answers that with an alert, and the alert flushes the handshake messages that wait in its buffer, our certificate among them.
 */
export class GuardedSocket extends Duplex {
  readonly #socket: Socket;
  readonly #look: () => void;

  constructor(socket: Socket, look: () => void) {
    // As a network socket: TLS takes this over, and closes itself when the other side has ended.
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#look = look;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    // After an orderly end what was received is still to be read; writing then fails by itself.
    socket.once('close', () => {
      if (!socket.readableEnded) this.destroy();
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#allows(callback)) this.#socket.write(chunk, callback);
  }

  /** One system call for the records of a flight. */
  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    if (this.#allows(callback)) this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }

  #allows(callback: (error: Error) => void): boolean {
    try {
      this.#look();
      return true;
    } catch (error) {
      callback(error as Error);
      return false;
    }
  }
}
