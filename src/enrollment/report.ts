/** The outcome of an enrollment, as JSON and in words. */
import type { Outcome } from '../context.js';
import { EXIT } from '../errors.js';
import { tokenSummary } from '../pkcs11/token-info.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { type CertificateInfo, certificateSummary } from '../x509/certificate.js';
import { purposeName } from '../x509/oids.js';
import type { PinChange } from './answers.js';
import type { EnrollmentResult } from './enroll.js';
import type { EnrolledCertificate } from './enrolled.js';
import type { EnrollmentRecord } from './journal.js';
import type { EnrollmentPlan } from './plan.js';
import type { Replaced } from './replaced.js';

/** The content of a certificate, line by line, for the person who confirms it. No name in it can pretend to be a line of its own. */
export function certificateLines(certificate: CertificateInfo): string[] {
  return [
    `  subject         ${certificate.subject}`,
    `  user            ${certificate.upn ?? '(none)'}`,
    `  issuer          ${certificate.issuer}`,
    `  valid           ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`,
    `  purposes        ${certificate.extendedKeyUsage.map(purposeName).join(', ') || '(any)'}`,
    `  strong mapping  ${certificate.strongMapping ? 'yes' : 'no (current domain controllers refuse such a certificate, KB5014754)'}`,
    `  serial number   ${certificate.serialNumber}`,
  ].map((line) => line.replace(/\p{Cc}+/gu, ' '));
}

/** The CA has issued a certificate, or keeps the request waiting. */
export function reportResult(token: TokenInfo, record: EnrollmentRecord, result: EnrollmentResult): Outcome {
  const key = { id: record.keyId ?? null, type: record.plan.keyType };
  const common = { requestId: result.requestId, ca: record.plan.ca, token: tokenSummary(token), pinState: token.pin.state, key };
  if (result.status === 'pending') {
    const waiting = [
      `request ${result.requestId} waits for approval at ${record.plan.ca}`,
      `when it is approved: lyncauth enroll --resume ${result.requestId}${record.pinChanged ? ' (with the new PIN: --new-pin-file)' : ''}`,
      ...aboutVirtual(token),
    ];
    return {
      result: { status: 'pending', ...common },
      exitCode: EXIT.pending,
      text: `${waiting.join('\n')}\n`,
    };
  }
  const { certificate, replaced } = result;
  const lines = [
    `card "${token.label}" is enrolled for ${certificate.upn ?? certificate.subject} until ${day(certificate.notAfter)} (request ${result.requestId})`,
    ...aboutPin(token),
    ...aboutVirtual(token),
    ...replaced.map(aboutReplaced),
  ];
  return {
    result: { status: 'issued', ...common, certificate: certificateSummary(certificate), replaced },
    text: `${lines.join('\n')}\n`,
  };
}

/** The card had a fitting certificate. @param ca - undefined where none was asked */
export function reportUnchanged(token: TokenInfo, ca: string | undefined, { certificate, key }: EnrolledCertificate): Outcome {
  const lines = [
    `card "${token.label}" is enrolled already, for ${certificate.upn ?? certificate.subject} until ${day(certificate.notAfter)}; nothing was changed (--replace enrolls it again)`,
    ...aboutPin(token),
    ...aboutVirtual(token),
  ];
  return {
    result: {
      status: 'unchanged',
      requestId: null,
      ca: ca ?? null,
      token: tokenSummary(token),
      pinState: token.pin.state,
      key: { id: key.id.toString('hex'), type: key.type },
      certificate: certificateSummary(certificate),
      replaced: [],
    },
    text: `${lines.join('\n')}\n`,
  };
}

/** What a dry run would ask the CA for. */
export function reportPlan(token: TokenInfo, plan: EnrollmentPlan, pinChange: PinChange | undefined): Outcome {
  const lines = [
    `would request from  ${plan.ca}`,
    `template            ${plan.template}`,
    `for                 ${plan.upn ?? '(whoever logs on)'}`,
    `key                 ${keyOf(plan)}`,
    `signed with         ${plan.hash}, PKCS#10`,
    `friendly name       ${plan.name}`,
    `card                ${token.label} (serial ${token.serial})`,
    ...(pinChange === undefined ? [] : [`PIN                 ${PIN_CHANGES[pinChange]}`]),
    'nothing was sent or changed',
  ];
  return {
    result: { status: 'planned', token: tokenSummary(token), request: { ...plan, format: 'PKCS#10', pinChange: pinChange ?? null } },
    text: `${lines.join('\n')}\n`,
  };
}

function keyOf({ existingKey, keyType, slot }: EnrollmentPlan): string {
  if (existingKey !== undefined) return `${existingKey} on the card, ${keyType}`;
  if (slot === undefined) return `a new one, ${keyType}`;
  return `a new one, ${keyType}, in slot ${slot.name}${slot.before === null ? '' : ', where it ends the old one'}`;
}

export const PIN_CHANGES: Record<PinChange, string> = {
  now: 'changed before the key is made',
  'at-first-use': 'to be changed by the user of the card before it is used',
  never: 'stays as it is',
};

function aboutPin({ pin }: TokenInfo): string[] {
  return pin.state === 'must-change' ? ['its PIN must be changed before the card is used: lyncauth change-pin'] : [];
}

/** That a card is tied to this computer, where it is. */
export function aboutVirtual({ kind }: Pick<TokenInfo, 'kind'>): string[] {
  if (kind !== 'virtual') return [];
  return ['this is a virtual card: it belongs to this computer, every other one needs an enrollment of its own'];
}

const KEPT_FOR: Record<NonNullable<Replaced['keyKeptFor']>, string> = {
  certificate: 'a certificate on it uses it',
  decryption: 'what was encrypted to it can still be read',
  slot: 'it ends when another key is made in its slot',
};

/** Where an old certificate is now, and what became of its key. */
export function aboutReplaced({ savedTo, keyId, keyRemoved, keyKeptFor }: Replaced): string {
  const saved = `the old certificate is saved in ${savedTo}; its key`;
  if (keyRemoved) return `${saved} was removed`;
  return `${saved} ${keyId ?? ''} stays on the card: ${KEPT_FOR[keyKeptFor ?? 'decryption']}`;
}

/** The day of `date` in UTC. */
export function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
