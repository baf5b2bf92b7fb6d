/** What can be made to go wrong at the practice organisation: the switches, and the text they are written in. No effects of its own. */
import { LyncauthError } from '../errors.js';

/** What `slow` means without a value. */
export const SLOW_MS = 5000;

/** Every switch, and what it does. */
export const faultDescriptions = {
  pending: 'every request waits for approval',
  denied: 'every request is denied (0x80094012)',
  'wrong-key': 'certificates carry a key that nobody asked for',
  'wrong-user': "certificates carry another user's name",
  'weak-mapping': 'certificates lack the SID extension',
  'foreign-issuer': "certificates are signed by another CA that bears this one's name",
  'expired-certificate': 'certificates expired yesterday',
  'truncated-page': 'the page that says "issued" ends before its link',
  'error-page': 'the page that takes requests shows an error (0x800706BA) and takes none',
  french: 'pages are in French',
  'no-basic': 'Basic is not offered, and not accepted',
  redirect: 'answers send the client to another host',
  'server-error': 'answers are HTTP 500',
  'huge-body': 'answers are 4 MiB long; =gzip: compressed',
  slow: `answers come ${SLOW_MS} ms late; =MS: so many milliseconds`,
  'cut-after-submit': 'the connection is cut once a request was taken',
} as const;

export type FaultName = keyof typeof faultDescriptions;

/** The switches that can be on for one step only. */
const stepped: readonly FaultName[] = ['redirect', 'server-error', 'huge-body', 'slow'];

/** Where a client stands in its enrollment, seen from the page it asks for. */
export const enrollmentSteps = ['logon', 'templates', 'chain', 'submit', 'retrieve'] as const;
export type EnrollmentStep = (typeof enrollmentSteps)[number];

/** A switch that is on: written `NAME` or `NAME=VALUE`; with `@STEP` behind it, it is on for that step only. */
export interface Fault {
  readonly name: FaultName;
  readonly value?: string;
  readonly step?: EnrollmentStep;
}

/**
 * Reads a fault such as `slow=3000@submit`.
 *
 * @throws LyncauthError USAGE for an unknown switch or step, or a value that is no number of milliseconds.
 */
export function parseFault(text: string): Fault {
  const [, name = '', value, step] = /^([a-z-]+)(?:=([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  if (!isFaultName(name)) {
    throw new LyncauthError('USAGE', `unknown fault: ${text}`, { hint: `one of: ${Object.keys(faultDescriptions).join(', ')}, none` });
  }
  if (step !== undefined && !(isStep(step) && stepped.includes(name))) {
    throw new LyncauthError('USAGE', `no such step for fault ${name}: ${step}`, {
      hint: `${stepped.join(', ')} take one of: ${enrollmentSteps.join(', ')}`,
    });
  }
  if (value !== undefined && !acceptsValue(name, value)) {
    throw new LyncauthError('USAGE', `fault ${name} does not take the value ${value}`, { hint: faultDescriptions[name] });
  }
  return { name, ...(value === undefined ? {} : { value }), ...(step === undefined ? {} : { step }) };
}

export function formatFault({ name, value, step }: Fault): string {
  return `${name}${value === undefined ? '' : `=${value}`}${step === undefined ? '' : `@${step}`}`;
}

/** What a fault that is on does, its value and its step included. */
export function describeFault({ name, value, step }: Fault): string {
  const [usual = ''] = faultDescriptions[name].split('; =');
  const given = name === 'slow' ? `answers come ${value} ms late` : `${usual}, ${value}`;
  return `${value === undefined ? usual : given}${step === undefined ? '' : `, at the step ${step} only`}`;
}

/** The fault called `name` that is on, where it is on for `step`. */
export function findFault(faults: readonly Fault[], name: FaultName, step?: EnrollmentStep): Fault | undefined {
  return faults.find((fault) => fault.name === name && (fault.step === undefined || fault.step === step));
}

export function hasFault(faults: readonly Fault[], name: FaultName, step?: EnrollmentStep): boolean {
  return findFault(faults, name, step) !== undefined;
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultDescriptions, name);
}

function isStep(step: string): step is EnrollmentStep {
  return (enrollmentSteps as readonly string[]).includes(step);
}

function acceptsValue(name: FaultName, value: string): boolean {
  if (name === 'slow') return /^\d{1,6}$/.test(value);
  return name === 'huge-body' && value === 'gzip';
}
