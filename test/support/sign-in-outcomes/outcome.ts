/** How a sign-in ends under one set of circumstances: what the tests expect and docs/troubleshooting.md shows. Types, how rows are written, and what several rows say. */
import type { ErrorCode } from '../../../src/errors.js';
import type { MethodName } from '../../../src/sign-in/types.js';

/** Hints that several stations have. */
export const MORE_TIME = 'check the network, or allow more time with --timeout SECONDS';
export const TOO_LARGE = 'check the name of the server: this does not look like the service that was meant';

/** What no switch makes, as the document says it: here the built program can be given it. */
export type ProgramCircumstance =
  | "the card of another organisation's user"
  | 'a card without a certificate'
  | 'a card whose certificate has expired'
  | 'a card whose certificate names no user'
  | 'a wrong password'
  | 'a wrong PIN'
  | 'a card whose PIN is blocked'
  | 'a card with one PIN try left'
  | 'a card that wants its PIN changed'
  | 'no card in the reader'
  | 'no reader'
  | "somebody else's address"
  | 'no --ca-file'
  | 'no --server';

/** Here only parts of the program can, since it takes names and accounts that a practice organisation does not have. */
export type PartCircumstance =
  | "a card whose certificate is nobody's"
  | 'another run that uses the card'
  | 'a portal that answers at every name'
  | 'another web site at lyncdiscover.lab.test'
  | 'a certificate of AD FS without the name certauth.ADFS'
  | 'no entry for certauth.ADFS in DNS';

export type Circumstance = ProgramCircumstance | PartCircumstance;

export interface Conditions {
  /** Switches, as `lyncauth lab run --fault` takes them. */
  readonly faults: readonly string[];
  /** More arguments of `lyncauth sign-in`. */
  readonly args: readonly string[];
  readonly given?: Circumstance | undefined;
}

export interface SignedIn extends Conditions {
  readonly method: MethodName;
  /** Why the method that comes first was not the one; undefined when it was, or when another was asked for. */
  readonly instead: string | undefined;
}

export interface Refused extends Conditions {
  readonly exit: number;
  readonly code: ErrorCode;
  /** The hosts of the practice organisation by the names POOL and ADFS, and Activity IDs as UUID. */
  readonly says: string;
  readonly hint: string;
}

export type Outcome = SignedIn | Refused;

/** What users meet at one station of a sign-in. */
export interface Section {
  readonly title: string;
  /** For who looks something up there. */
  readonly text: string;
  readonly rows: readonly Refused[];
}

/** @param when `SWITCH… --ARGUMENT…`, blanks between them; either may be missing */
export function signedIn(method: MethodName, when: string, instead?: string): SignedIn {
  return { ...conditions(when), method, instead };
}

/** @param when as above, or circumstances */
export function refused(
  when: string | { readonly given: Circumstance; readonly when?: string },
  exit: number,
  code: ErrorCode,
  says: string,
  hint: string,
): Refused {
  const set = typeof when === 'string' ? conditions(when) : { ...conditions(when.when ?? ''), given: when.given };
  return { ...set, exit, code, says, hint };
}

/** What sets these conditions apart: the name of a test. */
export function titleOf({ faults, args, given }: Conditions): string {
  return [...faults, ...args, ...(given === undefined ? [] : [`(${given})`])].join(' ') || 'nothing special';
}

function conditions(when: string): Conditions {
  const words = when.split(' ').filter((word) => word !== '');
  const first = words.findIndex((word) => word.startsWith('--'));
  const end = first === -1 ? words.length : first;
  return { faults: words.slice(0, end), args: words.slice(end) };
}
