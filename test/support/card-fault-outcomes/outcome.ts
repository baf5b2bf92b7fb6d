/** What becomes of a command when the card's driver fails at one call: what the tests expect and docs/card-faults.md shows. Types, and what rows share. */
import type { EnrollmentStep } from '../../../src/enrollment/journal.js';
import type { ErrorCode } from '../../../src/errors.js';

/** Return values (PKCS#11 v2.40 section 5.1); a call that never returns; a segmentation fault in the driver. */
export const FAULTS = [
  'CKR_DEVICE_REMOVED',
  'CKR_DEVICE_ERROR',
  'CKR_DEVICE_MEMORY',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_PIN_LOCKED',
  'CKR_PIN_EXPIRED',
  'CKR_FUNCTION_CANCELED',
  'CKR_GENERAL_ERROR',
  'hang',
  'crash',
] as const;

export type FaultName = (typeof FAULTS)[number];

/** Those after which the card may have done what it was asked: the others refuse. */
export const LOSING = ['CKR_DEVICE_REMOVED', 'CKR_DEVICE_ERROR', 'CKR_GENERAL_ERROR', 'hang', 'crash'] as const satisfies FaultName[];

/** What a call is for, as errors call it. */
export const DOINGS = {
  C_Login: 'login',
  C_GenerateKeyPair: 'key generation',
  C_SignInit: 'signing',
  C_Sign: 'signing',
  C_CreateObject: 'certificate installation',
  C_SetPIN: 'PIN change',
} as const;

export type FaultyCall = keyof typeof DOINGS;

/** How a run ends by itself. */
export interface Refusal {
  readonly exit: number;
  readonly code: ErrorCode;
  /** The label of the card is CARD, the limit of a call N seconds. */
  readonly says: string;
  readonly hint: string;
  /** Beside the return value. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface FaultRow {
  readonly fault: FaultName;
  readonly call: FaultyCall;
  /** The card has done it, and only the answer is lost. */
  readonly done: boolean;
  readonly ends: Refusal | 'SIGSEGV';
}

/** `lyncauth enroll`. The run after it, without the fault, always ends with one key, one certificate and one request at the CA. */
export interface EnrollRow extends FaultRow {
  /** The step at which the journal then stands; undefined when the enrollment is closed. */
  readonly step: EnrollmentStep | undefined;
  /** What is then on the card. */
  readonly holds: 'nothing' | 'the key' | 'the key and the certificate';
}

/** `lyncauth change-pin`. */
export interface ChangePinRow extends FaultRow {
  /** The PIN that the card then takes. With the new one the same command is told that its PIN is wrong. */
  readonly holds: 'the old PIN' | 'the new PIN';
}

/** One call of the driver, or two that do one thing. */
export interface FaultSection<Row extends FaultRow = EnrollRow | ChangePinRow> {
  readonly title: string;
  readonly text: string;
  readonly rows: readonly Row[];
}

/** Whether the fault ends the process at once: nothing is tidied up then. */
export function endsAtOnce(fault: FaultName): boolean {
  return fault === 'hang' || fault === 'crash';
}

/** Whether the run after `row` is looked at: after each that ended at once, and after the first of those that leave the same. */
export function goesOn(row: EnrollRow, rows: readonly EnrollRow[]): boolean {
  const alike = (other: EnrollRow) => other.call === row.call && other.step === row.step && other.holds === row.holds;
  return endsAtOnce(row.fault) || rows.find(alike) === row;
}

/** The line for the rules of the fault module. */
export function faultRule({ fault, call, done }: FaultRow): string {
  const rule = fault === 'hang' ? `delay ${call} 60000` : fault === 'crash' ? `crash ${call}` : `fail ${call} ${fault}`;
  return done ? `${rule} before=0` : rule;
}

/** What sets a row apart: the name of a test. */
export function titleOf({ fault, call, done }: FaultRow): string {
  return `${fault} at ${call}${done ? ', when it is done' : ''}`;
}
