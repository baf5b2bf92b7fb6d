/** Diagnostics for -v, --trace and --log-file. Every line passes the redactor. */
import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { LyncauthError } from '../errors.js';
import type { Log } from '../log.js';
import { redact } from '../secret.js';
import { clean, type OutputStream } from './streams.js';

export interface LogOptions {
  /** -v: verbose lines on `stream`. */
  verbose: boolean;
  /** --trace: verbose and trace lines on `stream`. */
  trace: boolean;
  /** --log-file: all lines, with the time, are added to this file. */
  logFile?: string | undefined;
  /** process.stderr. */
  stream: OutputStream;
}

/** @throws LyncauthError FILE_UNREADABLE when the log file can't be opened or is not the user's own */
export function createLog(options: LogOptions): Log {
  const { stream } = options;
  const fd = options.logFile === undefined ? undefined : openLogFile(options.logFile);
  const tell = (level: string, shown: boolean, text: string): void => {
    if (!shown && fd === undefined) return;
    for (const line of redact(text).split('\n').map(clean)) {
      if (shown) stream.write(`${level}: ${line}\n`);
      if (fd !== undefined) writeSync(fd, `${new Date().toISOString()} ${process.pid} ${level}: ${line}\n`);
    }
  };
  return {
    verbose: (text) => tell('verbose', options.verbose || options.trace, text),
    trace: (text) => tell('trace', options.trace, text),
  };
}

/** Mode 0600: diagnostics name accounts, cards and servers. */
function openLogFile(path: string): number {
  const hint = 'give --log-file a file in a folder of your own';
  let fd: number;
  try {
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
    fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0), 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new LyncauthError('FILE_UNREADABLE', `cannot write the log file ${path} (${code})`, { hint, cause: error });
  }
  const stats = fstatSync(fd);
  const uid = process.getuid?.();
  if (!stats.isFile() || (uid !== undefined && stats.uid !== uid)) {
    closeSync(fd);
    throw new LyncauthError('FILE_UNREADABLE', `the log file ${path} is not a regular file of your own`, { hint });
  }
  fchmodSync(fd, 0o600);
  return fd;
}
