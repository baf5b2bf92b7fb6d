/** The outcome of an import, as JSON and in words. */
import type { Outcome } from '../context.js';
import { tokenSummary } from '../pkcs11/token-info.js';
import type { KeyEntry, KeyType, TokenInfo } from '../pkcs11/types.js';
import { type CertificateInfo, certificateSummary } from '../x509/certificate.js';
import type { Imported, ImportJob } from './import.js';
import { aboutReplaced, aboutVirtual, certificateLines, day } from './report.js';

/** What is reported of the file, whatever became of it. */
export interface Source {
  file: string;
  certificate: CertificateInfo;
  /** Whether --issuer-ca named the certificate's issuer. */
  issuerChecked: boolean;
}

/** The certificate is on the card, with its key. */
export function reportImported(token: TokenInfo, source: Source, job: ImportJob, imported: Imported): Outcome {
  const { key, replaced, unchanged } = imported;
  if (unchanged && job.record === undefined) return reportHeld(token, source, key);
  const request = job.record?.requestId;
  const lines = [
    `card "${token.label}" holds the certificate of ${whose(source.certificate)} (key ${key.id.toString('hex')})`,
    ...aboutVirtual(token),
    ...(job.record === undefined ? [] : [`this ends the enrollment at ${job.record.plan.ca} (request ${request ?? 'without an id'})`]),
    ...replaced.map(aboutReplaced),
    ...(job.key === undefined ? [] : [`${source.file} still holds the private key: delete it, or keep it where nobody else can read it`]),
  ];
  return {
    result: { status: 'installed', ...common(token, source, key), replaced, completedRequest: request ?? null },
    text: `${lines.join('\n')}\n`,
  };
}

/** The card had it already. */
export function reportHeld(token: TokenInfo, source: Source, key: KeyEntry): Outcome {
  const lines = [
    `card "${token.label}" holds the certificate of ${whose(source.certificate)} already; nothing was changed`,
    ...aboutVirtual(token),
  ];
  return {
    result: { status: 'unchanged', ...common(token, source, key), replaced: [], completedRequest: null },
    text: `${lines.join('\n')}\n`,
  };
}

/** What a dry run would import. @param type - of the key in the file; undefined where it has none */
export function reportImportPlan(token: TokenInfo, source: Source, type: KeyType | 'other' | undefined): Outcome {
  const lines = [
    `would import from  ${source.file}`,
    ...certificateLines(source.certificate),
    `key                ${type === undefined ? 'on the card already, or nothing is imported' : `${type}, from the file`}`,
    `card               ${token.label} (serial ${token.serial})`,
    'nothing was changed',
  ];
  return {
    result: {
      status: 'planned',
      token: tokenSummary(token),
      key: type === undefined ? null : { type },
      certificate: certificateSummary(source.certificate),
      issuerChecked: source.issuerChecked,
    },
    text: `${lines.join('\n')}\n`,
  };
}

function common(token: TokenInfo, { certificate, issuerChecked }: Source, key: KeyEntry) {
  return {
    token: tokenSummary(token),
    key: { id: key.id.toString('hex'), type: key.type },
    certificate: certificateSummary(certificate),
    issuerChecked,
  };
}

function whose({ upn, subject, notAfter }: CertificateInfo): string {
  return `${upn ?? subject} until ${day(notAfter)}`;
}
