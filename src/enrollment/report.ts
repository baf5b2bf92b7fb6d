/** The outcome of an enrollment, as JSON and in words. */
import type { Outcome } from '../context.js';
import { EXIT } from '../errors.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { type CertificateInfo, certificateSummary } from '../x509/certificate.js';
import { purposeName } from '../x509/oids.js';
import type { EnrollmentResult } from './enroll.js';
import type { EnrolledCertificate } from './enrolled.js';
import type { EnrollmentRecord } from './journal.js';
import { describeOpen } from './open-requests.js';
import type { EnrollmentPlan } from './plan.js';

/** The content of a certificate, line by line, for the person who confirms it. */
export function certificateLines(certificate: CertificateInfo): string[] {
  return [
    `  subject         ${certificate.subject}`,
    `  user            ${certificate.upn ?? '(none)'}`,
    `  issuer          ${certificate.issuer}`,
    `  valid           ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`,
    `  purposes        ${certificate.extendedKeyUsage.map(purposeName).join(', ') || '(any)'}`,
    `  strong mapping  ${certificate.strongMapping ? 'yes' : 'no (current domain controllers refuse such a certificate, KB5014754)'}`,
    `  serial number   ${certificate.serialNumber}`,
  ];
}

export function reportResult(token: TokenInfo, record: EnrollmentRecord, result: EnrollmentResult): Outcome {
  const key = { id: record.keyId ?? null, type: record.plan.keyType };
  const common = { requestId: result.requestId, ca: record.plan.ca, token: summary(token), key };
  if (result.status === 'pending') {
    return {
      result: { status: 'pending', ...common },
      exitCode: EXIT.pending,
      text: `request ${result.requestId} waits for approval at ${record.plan.ca}\nwhen it is approved: lyncauth enroll --resume ${result.requestId}\n`,
    };
  }
  const { certificate, replaced } = result;
  const lines = [
    `card "${token.label}" is enrolled for ${certificate.upn ?? certificate.subject} until ${day(certificate.notAfter)} (request ${result.requestId})`,
    ...(token.kind === 'virtual'
      ? ['this is a virtual card: it belongs to this computer, every other one needs an enrollment of its own']
      : []),
    ...replaced.map(
      (old) => `the old certificate is saved in ${old.savedTo}; its key ${old.keyRemoved ? 'was removed' : 'stays on the card'}`,
    ),
  ];
  return {
    result: { status: 'issued', ...common, certificate: certificateSummary(certificate), replaced },
    text: `${lines.join('\n')}\n`,
  };
}

export function reportUnchanged(token: TokenInfo, ca: string | undefined, { certificate, key }: EnrolledCertificate): Outcome {
  return {
    result: {
      status: 'unchanged',
      requestId: null,
      ca: ca ?? null,
      token: summary(token),
      key: { id: key.id.toString('hex'), type: key.type },
      certificate: certificateSummary(certificate),
      replaced: [],
    },
    text: `card "${token.label}" is enrolled already, for ${certificate.upn ?? certificate.subject} until ${day(certificate.notAfter)}; nothing was changed (--replace enrolls it again)\n`,
  };
}

export function reportPlan(token: TokenInfo, plan: EnrollmentPlan): Outcome {
  const lines = [
    `would request from  ${plan.ca}`,
    `template            ${plan.template}`,
    `for                 ${plan.upn ?? '(whoever logs on)'}`,
    `key                 ${plan.existingKey === undefined ? `a new one, ${plan.keyType}` : `${plan.existingKey} on the card, ${plan.keyType}`}`,
    `signed with         ${plan.hash}, PKCS#10`,
    `friendly name       ${plan.name}`,
    `card                ${token.label} (serial ${token.serial})`,
    'nothing was sent or changed',
  ];
  return { result: { status: 'planned', token: summary(token), request: { ...plan, format: 'PKCS#10' } }, text: `${lines.join('\n')}\n` };
}

export function reportOpen(records: EnrollmentRecord[]): Outcome {
  const open = records.map(describeOpen);
  const lines = open.map(
    (entry) =>
      `${entry.requestId ?? '(no id)'}  ${entry.step}  ${entry.template} at ${entry.ca} for card "${entry.card.label}", begun ${entry.startedAt}`,
  );
  return { result: { status: 'open', requests: open }, text: lines.length === 0 ? 'no request is open\n' : `${lines.join('\n')}\n` };
}

export function reportAbandoned(record: EnrollmentRecord, keyRemoved: boolean): Outcome {
  return {
    result: { status: 'abandoned', request: describeOpen(record), keyRemoved },
    text: `the enrollment at ${record.plan.ca} is dropped${keyRemoved ? ' and its key removed from the card' : ''}${
      record.requestId === undefined ? '' : `; tell the CA's administrator about request ${record.requestId}`
    }\n`,
  };
}

function summary({ label, serial, model, driver, kind }: TokenInfo): Pick<TokenInfo, 'label' | 'serial' | 'model' | 'driver' | 'kind'> {
  return { label, serial, model, driver, kind };
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
