/** Cards whose keys have fixed slots have one place for a certificate beside each: a new certificate for a key that is there overwrites the old one. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import type { CardSession } from '../pkcs11/session.js';
import type { CertificateEntry, KeyEntry } from '../pkcs11/types.js';
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import type { EnrollmentRecord } from './journal.js';
import { contentOf, describe, refuseIdOfEnvironment, type SlotAnswers, type SlotContent } from './key-slot.js';
import { saveCertificate } from './replaced.js';
import type { EnrollmentTools } from './tools.js';

/**
 * Has a person, or --replace, agree that the certificate beside `key` gives way to the new one.
 * @throws LyncauthError INPUT_REQUIRED naming --replace or --key-id, FAILED when the person keeps the certificate
 */
export async function allowOverwriting(context: Context, session: CardSession, key: KeyEntry, answers: SlotAnswers): Promise<void> {
  const slot = session.driver.keySlots?.find(({ id }) => id === key.id.toString('hex'));
  if (slot === undefined) return;
  const content = contentOf(session, slot);
  if (certificateOf(content) === undefined) return;
  const { interactive } = context.prompter;
  if (answers.replace === true) {
    if (!interactive) refuseIdOfEnvironment(slot, answers);
    return;
  }
  const what = `slot ${slot.name} of card "${session.card.label}" holds ${describe(content)}`;
  if (!interactive)
    throw new LyncauthError('INPUT_REQUIRED', what, { hint: 'give --replace, and the old certificate is kept in a file only' });
  context.progress.warn(`${what}: the new certificate takes the place of the old one, which is kept in a file`);
  if (answers.dryRun === true) return;
  if (await context.prompter.confirm({ message: `Replace the certificate in slot ${slot.name}?`, flag: '--replace', default: false }))
    return;
  throw new LyncauthError('FAILED', 'the old certificate was left as it is', { hint: 'lyncauth enroll --key-id HEX names another slot' });
}

/** Saves what `certificate` is about to overwrite beside a key that was there before, and has the journal know. */
export function saveOverwritten(
  record: EnrollmentRecord,
  certificate: CertificateInfo,
  { session, journal, savedDir }: Pick<EnrollmentTools, 'session' | 'journal' | 'savedDir'>,
): void {
  const id = record.plan.existingKey;
  const slot = session.driver.keySlots?.find((each) => each.id === id);
  if (slot === undefined) return;
  const old = certificateOf(contentOf(session, slot));
  if (old === undefined || old.der.equals(certificate.der)) return;
  const saved = saveCertificate(old.der, savedDir);
  const overwritten = [{ ...saved, keyRemoved: false, keyId: slot.id, keyKeptFor: 'certificate' as const }];
  journal.advance(record, record.step, { overwritten });
}

/** The certificate of a slot, unless it is the self-signed one that ykcs11 gives to a new key to hold its place. */
function certificateOf({ key, certificate }: SlotContent): CertificateEntry | undefined {
  if (certificate === undefined) return undefined;
  try {
    const { publicKey, issuer, subject } = readCertificate(certificate.der);
    const isOfKey = key?.publicKey === undefined || publicKey.equals(key.publicKey);
    return isOfKey && issuer === subject ? undefined : certificate;
  } catch {
    return certificate;
  }
}
