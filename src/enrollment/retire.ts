/** Takes the certificates that a new one replaces off the card, and their keys where nothing needs them any more. */
import { destroyCertificate } from '../pkcs11/certificates.js';
import { destroyKeyPair, listKeys } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { KeyEntry } from '../pkcs11/types.js';
import type { CertificateInfo } from '../x509/certificate.js';
import { isSignInCertificate } from '../x509/purposes.js';
import { type OnCard, readableCertificates } from './on-card.js';
import type { EnrollmentPlan } from './plan.js';
import { type Replaced, saveCertificate } from './replaced.js';
import type { EnrollmentTools } from './tools.js';

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
    const saved = saveCertificate(old.info.der, tools.savedDir);
    const key = await retireKey(old, certificate, plan.deleteOldKey, tools);
    destroyCertificate(tools.session, old.entry);
    replaced.push({ ...saved, ...key });
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
  if (tools.session.driver.keySlots !== undefined) return { keyRemoved: false, keyId, keyKeptFor: 'slot' };
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
