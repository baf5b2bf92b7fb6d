/** What is said about enrollments that are open, or were dropped: as JSON and in words. */
import type { Outcome } from '../context.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { type CertificateInfo, certificateSummary } from '../x509/certificate.js';
import { type Cleared, madeKey, savedIn } from './discard.js';
import type { EnrollmentRecord } from './journal.js';
import { day } from './report.js';

/** An open enrollment, for lists and JSON. */
interface OpenRequest {
  requestId: string | null;
  step: EnrollmentRecord['step'];
  ca: string;
  template: string;
  upn: string | null;
  card: { label: string; serial: string };
  /** CKA_ID, hexadecimal, of the key that is made for it or was there. */
  keyId: string | null;
  startedAt: string;
}

function describeOpen(record: EnrollmentRecord): OpenRequest {
  const { ca, template, upn } = record.plan;
  return {
    requestId: record.requestId ?? null,
    step: record.step,
    ca,
    template,
    upn: upn ?? null,
    card: { label: record.cardLabel, serial: record.serial },
    keyId: record.keyId ?? null,
    startedAt: record.startedAt,
  };
}

/** A list of `records`, all of them open. */
export function reportOpen(records: EnrollmentRecord[]): Outcome {
  const open = records.map(describeOpen);
  const lines = open.map(
    (entry) =>
      `${entry.requestId ?? '(no id)'}  ${entry.step}  ${entry.template} at ${entry.ca} for card "${entry.card.label}", begun ${entry.startedAt}`,
  );
  return { result: { status: 'open', requests: open }, text: lines.length === 0 ? 'no request is open\n' : `${lines.join('\n')}\n` };
}

/** A dry run that finds `record`: it would be gone on with, as it was planned. */
export function reportUnderWay(token: TokenInfo, record: EnrollmentRecord): Outcome {
  const lines = [
    `an enrollment of card "${token.label}" is open, and would be gone on with`,
    `begun         ${record.startedAt}`,
    `step          ${record.step}`,
    `request       ${record.requestId ?? '(no id)'} at ${record.plan.ca}`,
    `template      ${record.plan.template}`,
    `for           ${record.plan.upn ?? '(whoever logs on)'}`,
    `key           ${record.keyId ?? '(none yet)'}`,
    'nothing was sent or changed',
  ];
  return { result: { status: 'open', requests: [describeOpen(record)] }, text: `${lines.join('\n')}\n` };
}

/** The enrollment is dropped, and with it what it had put on the card. */
export function reportAbandoned(record: EnrollmentRecord, { keyRemoved, keyInUse, keyInSlot, replaced }: Cleared): Outcome {
  const key = keyRemoved ? ' and its key removed from the card' : '';
  const kept = keyInUse ? `; its key ${record.keyId ?? ''} stays on the card: another certificate uses it` : '';
  const old = (record.plan.slot?.before ?? null) === null ? '' : ', and the old one is lost';
  const inSlot = keyInSlot === undefined ? '' : `; its key stays in slot ${keyInSlot} until another one is made there${old}`;
  return dropped(record, { keyRemoved, keyInSlot, replaced }, `the enrollment at ${record.plan.ca} is dropped${key}${kept}${inSlot}`);
}

/** The card was not there. */
export function reportLost(record: EnrollmentRecord): Outcome {
  const replaced = record.overwritten ?? [];
  return dropped(
    record,
    { keyRemoved: false, keyInSlot: record.newKey === undefined ? undefined : record.plan.slot?.name, replaced },
    `the enrollment at ${record.plan.ca} is dropped without card "${record.cardLabel}"${leftOn(record)}`,
  );
}

function leftOn(record: EnrollmentRecord): string {
  const { plan, newKey, step, keyId = '' } = record;
  if (plan.slot !== undefined && newKey === undefined)
    return step === 'making-key' ? `; should it turn up, its slot ${plan.slot.name} may hold a new key instead of what was there` : '';
  return madeKey(record) === undefined && newKey === undefined ? '' : `; should it turn up, the key ${keyId} is still on it`;
}

/** The record was all that was left to be dropped. */
export function reportInstalled(record: EnrollmentRecord, certificate: CertificateInfo): Outcome {
  const whose = `${certificate.upn ?? certificate.subject} until ${day(certificate.notAfter)}`;
  const replaced = record.overwritten ?? [];
  return {
    result: {
      ...{ status: 'abandoned', request: describeOpen(record), keyRemoved: false, keyInSlot: null },
      ...{ certificate: certificateSummary(certificate), replaced },
    },
    text: `card "${record.cardLabel}" is enrolled for ${whose}: the certificate was on it already, so it stays with its key, and the request is closed${savedIn(replaced)}\n`,
  };
}

function dropped(record: EnrollmentRecord, { keyRemoved, keyInSlot, replaced }: Omit<Cleared, 'keyInUse'>, text: string): Outcome {
  const tell = record.requestId === undefined ? '' : `; tell the CA's administrator about request ${record.requestId}`;
  return {
    result: { status: 'abandoned', request: describeOpen(record), keyRemoved, keyInSlot: keyInSlot ?? null, certificate: null, replaced },
    text: `${text}${savedIn(replaced)}${tell}\n`,
  };
}
