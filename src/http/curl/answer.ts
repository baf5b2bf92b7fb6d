/** Reads an HTTP answer from a stream that carries it as it came over the wire. Node's own parser does all of it; nothing is sent. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Duplex, type Readable, Writable } from 'node:stream';
import { readBody } from '../body.js';
import type { HttpResponse } from '../exchange.js';

/**
 * The last answer in `wire`, which may begin with interim ones (1xx).
 *
 * @param method - of the request that it answers.
 * @param maxBytes - of the body after decompression.
 * @param server - as a message names it.
 * @throws LyncauthError as readBody() does; Node's own errors, such as ECONNRESET when the answer is not complete, HPE_... when it is not HTTP.
 */
export async function readAnswer(wire: Readable, method: string, maxBytes: number, server?: string): Promise<HttpResponse> {
  // To Node it is a connection; the request that Node writes there was made by somebody else already.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const connection = Duplex.from({ readable: wire, writable: nowhere });
  connection.on('error', () => {}); // arrives through the request or the body
  const asked = request({ method, createConnection: () => connection });
  asked.on('error', () => {}); // after the answer began, arrives through the body
  asked.end();
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const body = await readBody(response, maxBytes, server);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } finally {
    asked.destroy();
  }
}
