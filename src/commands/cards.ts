/** `lyncauth cards`: what is in the readers, for a person or as JSON. Logs in to nothing. */
import { chooseCard } from '../card-access/choose-card.js';
import { openModule } from '../card-access/open-module.js';
import type { Context, Outcome, Table } from '../context.js';
import { aboutVirtual } from '../enrollment/report.js';
import { ERROR_EXIT_CODES, type ErrorCode, isLyncauthError } from '../errors.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { pinWithMark } from '../pkcs11/first-use.js';
import { listKeys } from '../pkcs11/keys.js';
import type { CardModule } from '../pkcs11/module.js';
import { type TokenSummary, tokenSummary } from '../pkcs11/token-info.js';
import type { CertificateEntry, KeyEntry, Reader, TokenInfo } from '../pkcs11/types.js';
import { certificateSummary, readCertificate } from '../x509/certificate.js';
import type { CardOptions } from './flags.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export type CertificateReport = ReturnType<typeof certificateSummary> & { keyId: string; label: string; daysLeft: number };

export interface TokenReport extends TokenSummary {
  pin: TokenInfo['pin'];
  certificates: (CertificateReport | { keyId: string; label: string; unreadable: true })[];
  keys: { id: string; label: string; type: KeyEntry['type'] }[];
}

export interface ReaderReport {
  name: string;
  present: boolean;
  token?: TokenReport;
  /** Why the card in it could not be read. */
  error?: { code: ErrorCode; message: string };
}

/** Looks into every reader, or the one that the flags name. A card that cannot be read is said in its place, and decides the exit code. */
export async function run(context: Context, options: CardOptions): Promise<Outcome<{ readers: ReaderReport[] }>> {
  const module = await openModule(context, options);
  const chosen = await meantReaders(context, module, options);
  const readers = chosen.map((reader) => reportReader(module, reader, context.now()));
  const failure = readers.find(({ error }) => error !== undefined)?.error;
  return {
    result: { readers },
    text: describeReaders(readers, module.path),
    ...(failure === undefined ? {} : { exitCode: ERROR_EXIT_CODES[failure.code] }),
  };
}

/** All readers, or the one that the flags name; with --wait they are looked at once a card is there. */
async function meantReaders(context: Context, module: CardModule, options: CardOptions): Promise<Reader[]> {
  const all = options.card === undefined && options.reader === undefined;
  if (all && (options.wait === undefined || module.presentReaders().length > 0)) return module.readers();
  const chosen = await chooseCard(context, module, options);
  return all ? module.readers() : [chosen];
}

/** A card that fails is told beside the others. */
function reportReader(module: CardModule, reader: Reader, now: Date): ReaderReport {
  const { name, present } = reader;
  try {
    if (reader.error !== undefined) throw reader.error;
    return { name, present, ...reportToken(module, reader, now) };
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    return { name, present, error: { code: error.code, message: error.message } };
  }
}

function reportToken(module: CardModule, reader: Reader, now: Date): { token?: TokenReport } {
  const { token } = reader;
  if (token === undefined || !token.initialized) return {};
  const session = module.openSession(reader, 'read-only');
  try {
    const pin = pinWithMark(session, token.pin);
    const certificates = listCertificates(session).map((entry) => reportCertificate(entry, now));
    const keys = listKeys(session).map((key) => ({ id: key.id.toString('hex'), label: key.label, type: key.type }));
    return { token: { ...tokenSummary(token), pin, certificates, keys } };
  } finally {
    session.close();
  }
}

function reportCertificate(entry: CertificateEntry, now: Date): TokenReport['certificates'][number] {
  const where = { keyId: entry.id.toString('hex'), label: entry.label };
  try {
    const certificate = readCertificate(entry.der);
    const daysLeft = Math.floor((certificate.notAfter.getTime() - now.getTime()) / DAY_MS);
    return { ...where, ...certificateSummary(certificate), daysLeft };
  } catch {
    return { ...where, unreadable: true };
  }
}

function describeReaders(readers: ReaderReport[], modulePath: string): (string | Table)[] {
  if (readers.length === 0) return [`no reader (driver ${modulePath})`];
  return readers.flatMap((reader, index) => [...(index === 0 ? [] : ['']), ...describeReader(reader)]);
}

function describeReader({ name, present, token, error }: ReaderReport): (string | Table)[] {
  if (error !== undefined) return [`${name}: the card cannot be read: ${error.message}`];
  if (token === undefined) return [`${name}: ${present ? 'a card that is not initialised, or that the driver does not know' : 'empty'}`];
  const keys = token.keys.map((key) => ['key', key.id, key.label, key.type]);
  const certificates = token.certificates.map((certificate) => [
    'certificate',
    certificate.keyId,
    certificate.label,
    'unreadable' in certificate ? 'unreadable' : `${certificate.upn ?? certificate.subject}, ${validity(certificate.daysLeft)}`,
  ]);
  return [
    `${name}: ${token.label}`,
    `serial ${token.serial}, ${token.model} (${token.kind}, driver ${token.driver})`,
    ...aboutVirtual(token),
    `PIN ${PIN_STATES[token.pin.state]}`,
    ...(keys.length + certificates.length === 0
      ? ['no keys, no certificates']
      : [{ header: ['OBJECT', 'KEY ID', 'LABEL', 'CONTENT'], rows: [...keys, ...certificates] }]),
  ];
}

const PIN_STATES: Record<TokenInfo['pin']['state'], string> = {
  ok: 'ok',
  low: 'ok, but the last attempt was wrong',
  final: 'one try left',
  locked: 'blocked',
  'must-change': 'must be changed first',
  unset: 'not set',
  unknown: 'not told by the driver',
};

function validity(daysLeft: number): string {
  if (daysLeft < 0) return `expired ${days(-daysLeft)} ago`;
  return `${days(daysLeft)} left`;
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}
