/** Receiving the body of an answer: decompressed, with a cap on what is kept in memory. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { LyncauthError } from '../errors.js';

/**
 * The body of `response` as it was before compression. Reading stops, and the connection is closed, at the first byte over `maxBytes`.
 *
 * @param server - as a message names it.
 * @throws LyncauthError RESPONSE_TOO_LARGE; SERVER_ERROR for an encoding that was not asked for and is not known; and what the stream
 *   throws when the connection is cut or the compressed data is broken.
 */
export async function readBody(response: IncomingMessage, maxBytes: number, server = 'the server'): Promise<Buffer> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy();
    throw tooLarge(maxBytes, server);
  }
  const decoder = await chooseDecoder(response, server);
  // A failure on either side ends both, and reaches us through the stream that is read.
  return await collect(decoder ? pipeline(response, decoder, () => {}) : response, maxBytes, server);
}

async function chooseDecoder(response: IncomingMessage, server: string): Promise<Transform | undefined> {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return undefined;
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding === 'deflate') return (await startsLikeZlib(response)) ? createInflate() : createInflateRaw();
  response.destroy();
  throw new LyncauthError('SERVER_ERROR', `${server} answered in an encoding that is not known: ${encoding.slice(0, 40)}`);
}

/** `deflate` means the zlib format (RFC 9110 section 8.4.1.2), but some servers send the bare one. */
async function startsLikeZlib(response: IncomingMessage): Promise<boolean> {
  await once(response, 'readable');
  const first = response.read(1) as Buffer | null;
  if (first) response.unshift(first);
  return first === null || ((first[0] ?? 0) & 0x0f) === 8;
}

async function collect(stream: Readable, maxBytes: number, server: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (length > maxBytes) throw tooLarge(maxBytes, server);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number, server: string): LyncauthError {
  return new LyncauthError('RESPONSE_TOO_LARGE', `the answer of ${server} is larger than ${Math.ceil(maxBytes / 1024)} KiB`, {
    hint: 'check the name of the server: this does not look like the service that was meant',
  });
}
