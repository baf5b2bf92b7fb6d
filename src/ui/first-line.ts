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
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

/** By events: an iterator would close standard input, and the next file that is opened would get its number. */
function collect(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let line = Buffer.alloc(0);
    const settle = (finish: () => void) => (): void => {
      stream.pause();
      for (const [event, listener] of Object.entries(listeners)) stream.off(event, listener);
      finish();
    };
    const listeners = {
      data: (chunk: Buffer | string): void => {
        line = Buffer.concat([line, Buffer.from(chunk)]);
        const end = line.indexOf('\n');
        if (end >= 0) settle(() => resolve(line.subarray(0, end)))();
        else if (line.length > MAX_SECRET_BYTES) settle(() => reject(tooLong()))();
      },
      end: settle(() => resolve(line)),
      close: settle(() => resolve(line)),
      error: (error: Error): void => settle(() => reject(error))(),
    };
    for (const [event, listener] of Object.entries(listeners)) stream.on(event, listener);
  });
}

function tooLong(): LyncauthError {
  return new LyncauthError('SECRET_FILE_UNSAFE', `a secret is one line of at most ${MAX_SECRET_BYTES} bytes`);
}
