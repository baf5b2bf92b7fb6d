/** Reads a secret from what a --…-file flag names. Asks nobody. */
import { closeSync, constants, createReadStream, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { firstLine, MAX_SECRET_BYTES } from './first-line.js';

/** Standard input gives one secret; this remembers that it has. One for each run of the program. */
export interface StandardInput {
  readonly stream: NodeJS.ReadStream;
  used: boolean;
}

/**
 * @param path `-` (one line of standard input), `/dev/fd/N` (one line), or a file of mode 0600 or 0400
 * @param flag the flag that named it, for the errors
 * @throws LyncauthError SECRET_FILE_UNSAFE, FILE_UNREADABLE, or INPUT_REQUIRED when nothing comes
 */
export async function readSecretFile(path: string, flag: string, stdin: StandardInput): Promise<Secret> {
  const descriptor = descriptorOf(path);
  if (descriptor === undefined) return readRegularFile(path, flag);
  if (descriptor === 0) return readStandardInput(flag, stdin);
  return readDescriptor(descriptor, flag);
}

function descriptorOf(path: string): number | undefined {
  if (path === '-' || path === '/dev/stdin') return 0;
  const match = /^\/dev\/fd\/(\d{1,6})$/.exec(path);
  return match === null ? undefined : Number(match[1]);
}

async function readStandardInput(flag: string, stdin: StandardInput): Promise<Secret> {
  if (stdin.used) {
    throw new LyncauthError('INPUT_REQUIRED', `standard input can't give ${flag} as well: it was read already`, {
      hint: `give ${flag} a file, or /dev/fd/N`,
    });
  }
  if (stdin.stream.isTTY) {
    throw new LyncauthError('SECRET_FILE_UNSAFE', `${flag} - would show the secret: standard input is a terminal`, {
      hint: `leave out ${flag} to be asked`,
    });
  }
  stdin.used = true;
  const line = await firstLine(stdin.stream);
  // Paused, a pipe still reads ahead and keeps the program alive. A file has no unref().
  stdin.stream.unref?.();
  return toSecret(line, 'standard input', flag);
}

async function readDescriptor(descriptor: number, flag: string): Promise<Secret> {
  const name = `/dev/fd/${descriptor}`;
  if (descriptor < 3) throw unreadable(name, flag, 'it is an output of this program');
  let stream: Readable | undefined;
  try {
    stream = openDescriptor(descriptor);
    return toSecret(await firstLine(stream), name, flag);
  } catch (error) {
    throw error instanceof LyncauthError ? error : unreadable(name, flag, reason(error), error);
  } finally {
    stream?.destroy();
  }
}

/** Pipes as sockets: reading them as files would wait, in a thread, for more than the one line. */
function openDescriptor(descriptor: number): Readable {
  const stats = fstatSync(descriptor);
  if (stats.isFile()) return createReadStream('', { fd: descriptor });
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd: descriptor, readable: true, writable: false });
  throw new Error('it is neither a pipe nor a file');
}

function readRegularFile(path: string, flag: string): Secret {
  let fd: number;
  try {
    // Without O_NONBLOCK opening a FIFO would wait for a writer.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unreadable(path, flag, reason(error), error);
  }
  try {
    // Looked at after opening: a link may lead here, but what it leads to must be private.
    checkPrivate(path, flag, fstatSync(fd));
    return toSecret(withoutNewline(readFileSync(fd)), path, flag);
  } finally {
    closeSync(fd);
  }
}

function checkPrivate(path: string, flag: string, stats: Stats): void {
  const refuse = (why: string, hint: string) => new LyncauthError('SECRET_FILE_UNSAFE', `${path} (${flag}) ${why}`, { hint });
  if (!stats.isFile()) throw refuse('is not a regular file', `give ${flag} a file of mode 600, - or /dev/fd/N`);
  if (stats.size > MAX_SECRET_BYTES)
    throw refuse(`is longer than ${MAX_SECRET_BYTES} bytes`, `give ${flag} a file that holds only the secret`);
  const uid = process.getuid?.();
  if (uid === undefined) return; // Windows
  if (stats.uid !== uid) throw refuse(`belongs to another user (uid ${stats.uid})`, `chown ${uid} '${path}'`);
  if ((stats.mode & 0o077) !== 0) throw refuse('is open to other users', `chmod 600 '${path}'`);
}

function withoutNewline(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return bytes.subarray(0, text.replace(/\r?\n$/, '').length);
}

function toSecret(bytes: Buffer, name: string, flag: string): Secret {
  if (bytes.length === 0)
    throw new LyncauthError('INPUT_REQUIRED', `${name} (${flag}) is empty`, { hint: `write the secret to it as one line` });
  const unusable = (why: string) =>
    new LyncauthError('SECRET_FILE_UNSAFE', `${name} (${flag}) ${why}`, { hint: `give ${flag} a file that holds only the secret` });
  if (bytes.includes('\n') || bytes.includes('\r')) throw unusable('holds more than one line');
  try {
    return new Secret(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unusable('is not text in UTF-8');
  }
}

function unreadable(name: string, flag: string, why: string, cause?: unknown): LyncauthError {
  return new LyncauthError('FILE_UNREADABLE', `cannot read ${name} (${flag}): ${why}`, {
    hint: `give ${flag} a file that you can read`,
    cause,
  });
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EBADF') return 'it is not open';
  return code === 'EACCES' ? 'permission denied' : (code ?? (error as Error).message);
}
