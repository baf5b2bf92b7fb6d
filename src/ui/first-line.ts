/** The first line of a stream, for secrets that come from a pipe. Keeps no more of it than needed. */
import type { Readable } from 'node:stream';
import { LyncauthError } from '../errors.js';
import { endingOnSignal } from './signals.js';

export const MAX_SECRET_BYTES = 4096;

/**
 * Reads `stream` up to its first line feed or its end, without the line ending, then pauses it.
 * A signal meanwhile ends the program: nothing was begun that needs undoing.
 *
 * @throws LyncauthError SECRET_FILE_UNSAFE when the line is longer than a secret can be
 */
export async function firstLine(stream: Readable): Promise<Buffer> {
  const line = await endingOnSignal(
    () => {},
    () => collect(stream),
  );
  stream.pause();
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

async function collect(stream: Readable): Promise<Buffer> {
  let line = Buffer.alloc(0);
  // Not destroyed: closing standard input would give its number to the next file opened.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    line = Buffer.concat([line, Buffer.from(chunk as Buffer | string)]);
    const end = line.indexOf('\n');
    if (end >= 0) return line.subarray(0, end);
    if (line.length > MAX_SECRET_BYTES) {
      throw new LyncauthError('SECRET_FILE_UNSAFE', `a secret is one line of at most ${MAX_SECRET_BYTES} bytes`);
    }
  }
  return line;
}
