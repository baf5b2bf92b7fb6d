/** A certificate that was taken off the card for a new one, and the file that keeps it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writePrivateFile } from '../store/private-files.js';
import { encodePem } from '../x509/pem.js';

export interface Replaced {
  sha256: string;
  /** File that keeps the certificate, PEM. */
  savedTo: string;
  /** Whether its key is off the card. */
  keyRemoved: boolean;
  /** CKA_ID of its key, hexadecimal; null where the key was gone already. */
  keyId: string | null;
  /** Why the key stays: a certificate on the card uses it, something may be encrypted to it, or its slot is fixed, where only another key ends it. */
  keyKeptFor: 'certificate' | 'decryption' | 'slot' | null;
}

/**
 * Writes a certificate that is to go to a file of its own.
 * @param der - the certificate, as the card has it
 * @param savedDir - the folder of saved certificates
 */
export function saveCertificate(der: Buffer, savedDir: string): Pick<Replaced, 'sha256' | 'savedTo'> {
  const sha256 = createHash('sha256').update(der).digest('hex');
  const savedTo = join(savedDir, `${sha256}.pem`);
  writePrivateFile(savedTo, encodePem('CERTIFICATE', der));
  return { sha256, savedTo };
}
