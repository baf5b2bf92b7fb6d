/** A pool of connections to one server with one card. What is kept is never used by another card or for another server. */
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { POOL } from '../proxy.js';
import type { CardConnection } from './connection.js';

type Callback = (error: Error | null, socket: Duplex) => void;

/** An agent of node:https whose connections are made by the one request whose turn it is. */
export class CardPool extends Agent {
  #connect: (() => Promise<CardConnection>) | undefined;
  readonly #connections = new WeakMap<Duplex, CardConnection>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor() {
    super(POOL);
  }

  /**
   * Requests take turns: each new connection costs a signature, and some cards ask for the PIN at each.
   *
   * @param connect - makes a verified connection, if `work` needs one; its errors are what the request fails with
   */
  inTurn<T>(connect: () => Promise<CardConnection>, work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      this.#connect = connect;
      return work();
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** The connection that a request was given by this pool. */
  connectionOf(socket: Duplex): CardConnection | undefined {
    return this.#connections.get(socket);
  }

  override createConnection(_options: unknown, callback?: Callback): undefined {
    this.#connect?.().then(
      (connection) => {
        this.#connections.set(connection.socket, connection);
        callback?.(null, connection.socket);
      },
      (error: Error) => callback?.(error, undefined as never),
    );
  }
}
