/** PEM armour (RFC 7468), read and written by node-forge. Text only: what is inside is not looked at, and no trust comes from here. */
import forgePem from 'node-forge/lib/pem.js';
import { LyncauthError } from '../errors.js';

export const MAX_PEM_BYTES = 1024 * 1024;

export interface PemBlock {
  /** The words between BEGIN and the dashes, such as CERTIFICATE. */
  label: string;
  der: Buffer;
}

/** `der` in PEM armour with 64 columns and LF line ends. */
export function encodePem(label: string, der: Uint8Array): string {
  const body = Buffer.from(der).toString('latin1');
  return forgePem.encode({ type: label, body } as Parameters<typeof forgePem.encode>[0], { maxline: 64 }).replaceAll('\r\n', '\n');
}

/**
 * Every PEM block of `text`; whatever stands between the blocks is skipped.
 *
 * @throws LyncauthError CERTIFICATE_REFUSED when there is no block, when one is broken, or when the text is longer than 1 MiB.
 */
export function decodePem(text: string): PemBlock[] {
  if (text.length > MAX_PEM_BYTES) throw new LyncauthError('CERTIFICATE_REFUSED', `PEM text of ${text.length} bytes is longer than 1 MiB`);
  try {
    return forgePem.decode(text).map((message) => ({ label: message.type, der: Buffer.from(message.body, 'latin1') }));
  } catch (cause) {
    throw new LyncauthError('CERTIFICATE_REFUSED', 'text is not readable as PEM', { cause });
  }
}
