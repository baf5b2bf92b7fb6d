/** Reads what an organisation hands out: a PKCS#12 file with a key, opened with its password, or certificates alone. Touches no card. */
import type { KeyObject } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { MAX_BUNDLE_BYTES, readCertificates } from '../x509/bundle.js';
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import { isPkcs12, openPkcs12, type Pkcs12 } from '../x509/pkcs12.js';

/** What a file holds, in its order. */
export interface Handout {
  file: string;
  certificates: CertificateInfo[];
  keys: KeyObject[];
  /** There is a private key in it as PEM text, which is not read. */
  keyAsText: boolean;
}

/**
 * Reads `file` by its content, whatever its name says: PKCS#12, one certificate (DER, PEM, base64), or a PKCS#7.
 * @param passwordFile - of the PKCS#12 file; asked for where it is needed and not given
 * @throws LyncauthError FILE_UNREADABLE, also for a wrong password: nothing counts the tries; INPUT_REQUIRED
 */
export async function readHandout(context: Context, file: string, passwordFile: string | undefined): Promise<Handout> {
  const bytes = readBytes(file);
  try {
    if (isPkcs12(bytes)) {
      const { keys, certificates } = await open(context, file, bytes, passwordFile);
      if (keys.length > 0 && certificates.length === 0) throw new Error('it holds a private key, but no certificate');
      if (certificates.length === 0) throw new Error('there is neither a key nor a certificate in it');
      return { file, keys, certificates: certificates.map(readCertificate), keyAsText: false };
    }
    const keyAsText = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(bytes.toString('latin1'));
    return { file, keys: [], certificates: readCertificates(bytes).map(readCertificate), keyAsText };
  } catch (error) {
    if (isLyncauthError(error) && !isLyncauthError(error, 'FILE_UNREADABLE', 'CERTIFICATE_REFUSED')) throw error;
    throw unreadable(file, error instanceof Error ? error.message : String(error), isLyncauthError(error) ? error.hint : undefined, error);
  }
}

/** Many files have an empty password, or none: that is tried first, since it costs nothing. */
async function open(context: Context, file: string, bytes: Buffer, passwordFile: string | undefined): Promise<Pkcs12> {
  const withoutPassword = openPkcs12(bytes, undefined);
  if (withoutPassword !== undefined) return withoutPassword;
  // what a typed password opens is kept: opening it takes seconds where it was made to
  let opened: Pkcs12 | undefined;
  const password = await context.prompter.secret({
    message: `password of ${basename(file)}`,
    flag: '--password-file',
    file: passwordFile,
    validate: (answer) => {
      opened = openPkcs12(bytes, new Secret(answer));
      return opened !== undefined || 'the file has another password';
    },
  });
  opened ??= openPkcs12(bytes, password);
  if (opened !== undefined) return opened;
  throw new LyncauthError('FILE_UNREADABLE', 'the password is wrong', {
    hint: 'ask whoever handed the file out for its password; it is not the PIN of the card',
  });
}

function readBytes(file: string): Buffer {
  let fd: number;
  try {
    // Without O_NONBLOCK opening a FIFO would wait for a writer.
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unreadable(file, missing ? 'there is no such file' : (error as Error).message, 'name a file that you can read', error);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw unreadable(file, 'it is not a regular file');
    if (stats.size > MAX_BUNDLE_BYTES) throw unreadable(file, `it has ${stats.size} bytes, more than 1 MiB`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function unreadable(file: string, reason: string, hint?: string, cause?: unknown): LyncauthError {
  return new LyncauthError('FILE_UNREADABLE', `${file} cannot be imported: ${reason}`, {
    hint: hint ?? 'name a .pfx, .p12, .cer, .crt, .pem or .p7b file',
    cause,
  });
}
