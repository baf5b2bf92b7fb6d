/** The flow of getting a certificate onto a card. Each step is in the journal before it is taken; run again, it goes on where it stood. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { Signer } from '../signer.js';
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import { checkIssued } from './check-issued.js';
import { discard } from './discard.js';
import { findOutMark, markCard } from './first-use.js';
import { install } from './install.js';
import type { EnrollmentRecord, EnrollmentStep } from './journal.js';
import { makeKey, openKey } from './key.js';
import type { Replaced } from './replaced.js';
import { download, notThisRequest, submissionUnknown, submit } from './request.js';
import { retire } from './retire.js';
import { saveOverwritten } from './slot-certificate.js';
import type { EnrollmentTools } from './tools.js';

export type EnrollmentResult =
  | { status: 'pending'; requestId: string }
  | { status: 'issued'; requestId: string; certificate: CertificateInfo; replaced: Replaced[] };

const ORDER: EnrollmentStep[] = [
  'planned',
  'changing-pin',
  'pin-changed',
  'making-key',
  'key-made',
  'submitting',
  'submitted',
  'issued',
  'installed',
];

/**
 * Brings `record` to its end, from wherever it stands.
 * @throws LyncauthError CA_DENIED (the new key is removed), CERTIFICATE_REFUSED (nothing is installed), SUBMISSION_UNKNOWN (the request may be at
 * the CA: it is never posted again by itself), CARD_UNSUPPORTED for a card that is to be marked and cannot be, before a key is made; and what the card and the network throw; in these cases the record stays and can be resumed
 */
export async function enroll(record: EnrollmentRecord, tools: EnrollmentTools): Promise<EnrollmentResult> {
  if (record.step === 'submitting') throw submissionUnknown(record);
  if (record.step === 'submitted' && !(await download(record, tools))) return { status: 'pending', requestId: requestId(record) };
  await tools.unlock(record);
  if (!reached(record, 'making-key')) findOutMark(record, tools);
  const key = reached(record, 'key-made') ? openKey(record, tools) : await makeKey(record, tools);
  if (!reached(record, 'submitted')) await submit(record, key.signer, tools);
  if (!reached(record, 'issued') && !(await download(record, tools))) return { status: 'pending', requestId: requestId(record) };
  const certificate = await acceptCertificate(record, key.signer, tools);
  if (!reached(record, 'installed')) {
    saveOverwritten(record, certificate, tools);
    install(certificate, key.entry, tools.session);
  }
  const replaced = await finish(certificate, record, tools);
  tools.journal.close(record);
  return { status: 'issued', requestId: requestId(record), certificate, replaced };
}

/** Only where something is left to do once the certificate is installed, that step is journaled. */
async function finish(certificate: CertificateInfo, record: EnrollmentRecord, tools: EnrollmentTools): Promise<Replaced[]> {
  const { replace } = record.plan;
  if ((replace || record.atFirstUse === true) && !reached(record, 'installed')) tools.journal.advance(record, 'installed');
  const replaced = replace ? await retire(certificate, record.plan, tools) : [];
  markCard(record, tools);
  return [...(record.overwritten ?? []), ...replaced];
}

async function acceptCertificate(record: EnrollmentRecord, signer: Signer, tools: EnrollmentTools): Promise<CertificateInfo> {
  const certificate = readCertificate(Buffer.from(record.certificate ?? '', 'base64'));
  if (reached(record, 'installed')) return certificate;
  const upn = record.plan.upn ?? tools.upn;
  const issuers = tools.issuers ?? (await tools.progress.step('fetching the certificates of the CA', () => tools.ca.chain()));
  try {
    if (record.requestIdTold === true && !certificate.publicKey.equals(signer.publicKey)) throw notThisRequest(record, tools);
    await checkIssued(certificate, { signer, issuers, now: tools.now(), upn });
    if (/sha-?1\b/i.test(certificate.signatureAlgorithm))
      tools.progress.warn(`the CA signs with ${certificate.signatureAlgorithm}, which is outdated`);
    if (!(await tools.confirm(certificate, upn))) throw notMine(certificate);
  } catch (error) {
    if (isLyncauthError(error, 'CERTIFICATE_REFUSED')) throw await discard(record, tools, error);
    throw error;
  }
  return certificate;
}

function notMine(certificate: CertificateInfo): LyncauthError {
  return new LyncauthError(
    'CERTIFICATE_REFUSED',
    `the certificate for ${certificate.upn ?? certificate.subject} was not accepted, so it was not installed`,
  );
}

function reached(record: EnrollmentRecord, step: EnrollmentStep): boolean {
  return ORDER.indexOf(record.step) >= ORDER.indexOf(step);
}

function requestId(record: EnrollmentRecord): string {
  return record.requestId ?? '';
}
