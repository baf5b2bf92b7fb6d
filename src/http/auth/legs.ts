/** The exchanges that one request takes while its connection is logged on. Knows no scheme. */
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Log } from '../../log.js';
import { type Exchange, exchange, type HttpResponse, StaleConnection } from '../exchange.js';
import { loggedUrl, traceHeaders } from '../exchange-log.js';
import { exchangeFailure } from '../failure.js';
import { shownBy } from '../pin.js';
import { closeIdle } from '../proxy.js';

export interface Leg {
  response: HttpResponse;
  socket: Duplex | undefined;
}

export interface LegOptions {
  /** Whether the body of the request goes along. */
  body: boolean;
  /** Scheme and token. */
  authorization?: string;
  /** What it says holds for the connection of the leg before only: it is never said again on another one. */
  bound?: boolean;
}

/** Sends the legs of `call`. */
export class Legs {
  readonly #call: Exchange;
  readonly #log: Log | undefined;

  constructor(call: Exchange, log: Log | undefined) {
    this.#call = call;
    this.#log = log;
  }

  /**
   * One leg; undefined when it was bound to a connection that the server had closed.
   *
   * @throws LyncauthError as exchange() does; `details.requestSent` is false for a leg without the body
   */
  async send(options: LegOptions): Promise<Leg | undefined> {
    try {
      return await this.#exchange(options);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      closeIdle(this.#call.pool);
      return options.bound === true ? undefined : await this.#exchange(options);
    }
  }

  async #exchange({ body, authorization }: LegOptions): Promise<Leg> {
    const { url, body: whole, headers: own } = this.#call;
    const headers = authorization === undefined ? own : { ...own, Authorization: authorization };
    if (authorization !== undefined) traceHeaders(this.#log, '>', headers);
    let socket: Duplex | undefined;
    const onSocket = (used: Duplex) => {
      socket = used;
    };
    try {
      return { response: await exchange({ ...this.#call, headers, body: body ? whole : undefined, onSocket }), socket };
    } catch (error) {
      if (body || error instanceof StaleConnection) throw error;
      throw exchangeFailure(error, { url, requestSent: false });
    }
  }

  /** Tells of the answer to a leg after which others come. */
  tell({ response: { status, headers } }: Leg): void {
    const { method, url } = this.#call;
    this.#log?.verbose(`${method} ${loggedUrl(url)} ${status}: goes on with the logon`);
    traceHeaders(this.#log, '<', headers);
  }
}

/** The server's certificate, DER, of the connection that carried `leg`; undefined once that is closed. */
export function certificateOf({ socket }: Leg): Buffer | undefined {
  return socket instanceof TLSSocket && !socket.destroyed ? shownBy(socket) : undefined;
}
