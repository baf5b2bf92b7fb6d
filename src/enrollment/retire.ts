/** Takes the certificates that a new one replaces off the card, and their keys where nothing needs them any more. */
import { join } from 'node:path';
import { destroyCertificate } from '../pkcs11/certificates.js';
import { destroyKeyPair, listKeys } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { KeyEntry } from '../pkcs11/types.js';
import { writePrivateFile } from '../store/private-files.js';
import type { CertificateInfo } from '../x509/certificate.js';
import { encodePem } from '../x509/pem.js';
import { isSignInCertificate } from '../x509/purposes.js';
import { type OnCard, readableCertificates } from './on-card.js';
import type { EnrollmentPlan } from './plan.js';
import type { EnrollmentTools } from './tools.js';

export interface Replaced {
  sha256: string;
  /** File that keeps the certificate, PEM. */
  savedTo: string;
  /** Whether its key is off the card. */
  keyRemoved: boolean;
  /** CKA_ID of its key, hexadecimal; null where the key was gone already. */
  keyId: string | null;
  /** Why the key stays: a certificate on the card uses it, or something may be encrypted to it. */
  keyKeptFor: 'certificate' | 'decryption' | null;
}

/** What retiring works with. */
export type RetireTools = Pick<EnrollmentTools, 'session' | 'savedDir' | 'mayDeleteKey'>;

/**
 * Retires the other sign-in certificates of the user of `certificate`, which must have been read back already. Each is saved to a file first; its key
 * goes before it does, so that an interruption leaves a certificate that is found again rather than a key that is not.
 */
export async function retire(
  certificate: CertificateInfo,
  plan: Pick<EnrollmentPlan, 'deleteOldKey'>,
  tools: RetireTools,
): Promise<Replaced[]> {
  const replaced: Replaced[] = [];
  for (const old of oldCertificates(tools.session, certificate)) {
    const savedTo = join(tools.savedDir, `${old.info.sha256}.pem`);
    writePrivateFile(savedTo, encodePem('CERTIFICATE', old.info.der));
    const key = await retireKey(old, certificate, plan.deleteOldKey, tools);
    destroyCertificate(tools.session, old.entry);
    replaced.push({ sha256: old.info.sha256, savedTo, ...key });
  }
  return replaced;
}

type RetiredKey = Pick<Replaced, 'keyRemoved' | 'keyId' | 'keyKeptFor'>;

async function retireKey(old: OnCard, certificate: CertificateInfo, mayDelete: boolean, tools: RetireTools): Promise<RetiredKey> {
  const key = keyOf(old, listKeys(tools.session));
  // An interrupted run removed it already.
  if (key === undefined) return { keyRemoved: true, keyId: null, keyKeptFor: null };
  const keyId = key.id.toString('hex');
  if (isUsedBesides(old, certificate, tools.session)) return { keyRemoved: false, keyId, keyKeptFor: 'certificate' };
  if (!mayDelete && couldDecrypt(old.info) && !(await tools.mayDeleteKey(old.info)))
    return { keyRemoved: false, keyId, keyKeptFor: 'decryption' };
  return { keyRemoved: destroyKeyPair(tools.session, key.id, old.info.publicKey) > 0, keyId, keyKeptFor: null };
}

function isUsedBesides(old: OnCard, certificate: CertificateInfo, session: CardSession): boolean {
  if (old.info.publicKey.equals(certificate.publicKey)) return true;
  return readableCertificates(session).some(
    ({ entry, info }) => !entry.der.equals(old.entry.der) && info.publicKey.equals(old.info.publicKey),
  );
}

function oldCertificates(session: CardSession, certificate: CertificateInfo): OnCard[] {
  return readableCertificates(session).filter(
    ({ info }) =>
      !info.der.equals(certificate.der) && isSignInCertificate(info) && info.upn?.toLowerCase() === certificate.upn?.toLowerCase(),
  );
}

function keyOf(old: OnCard, keys: KeyEntry[]): KeyEntry | undefined {
  return keys.find((key) => key.publicKey?.equals(old.info.publicKey) === true);
}

/** Without a key usage extension a key may be used for everything (RFC 5280 section 4.2.1.3). */
function couldDecrypt(info: CertificateInfo): boolean {
  return (
    info.keyUsage.length === 0 || info.keyUsage.some((usage) => ['keyEncipherment', 'dataEncipherment', 'keyAgreement'].includes(usage))
  );
}
