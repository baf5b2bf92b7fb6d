/** What can be made to go wrong at the practice organisation: how switches are written and asked for. No effects of its own. */
import { LyncauthError } from '../errors.js';
import { adfsFaults } from './adfs-fault-texts.js';
import { caFaults, poolFaults } from './fault-texts.js';

/** Every switch, and what it does. */
export const faultDescriptions = { ...caFaults, ...adfsFaults, ...poolFaults } as const;

export type FaultName = keyof typeof faultDescriptions;

/** The switches that can be on for one step only. */
const stepped: readonly FaultName[] = ['redirect', 'server-error', 'huge-body', 'slow'];

/** Where a client stands in its enrollment or in its sign-in, seen from the page it asks for. */
const enrollmentSteps = ['logon', 'templates', 'chain', 'submit', 'retrieve'] as const;
const signInSteps = ['discovery', 'token', 'passive', 'adfs', 'application'] as const;
const steps = [...enrollmentSteps, ...signInSteps];
export type EnrollmentStep = (typeof enrollmentSteps)[number];
export type SignInStep = (typeof signInSteps)[number];
export type Step = EnrollmentStep | SignInStep;

/** A switch that is on: written `NAME` or `NAME=VALUE`; with `@STEP` behind it, it is on for that step only. */
export interface Fault {
  readonly name: FaultName;
  readonly value?: string;
  readonly step?: Step;
}

/**
 * Reads a fault such as `slow=3000@submit`.
 *
 * @throws LyncauthError USAGE for an unknown switch or step, or a value that it does not take.
 */
export function parseFault(text: string): Fault {
  const [, name = '', value, step] = /^([a-z0-9-]+)(?:=([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  if (!isFaultName(name)) {
    throw new LyncauthError('USAGE', `unknown fault: ${text}`, { hint: `one of: ${Object.keys(faultDescriptions).join(', ')}, none` });
  }
  if (step !== undefined && !(isStep(step) && stepped.includes(name))) {
    throw new LyncauthError('USAGE', `no such step for fault ${name}: ${step}`, {
      hint: `${stepped.join(', ')} take one of: ${steps.join(', ')}`,
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
  const given = /^\d+$/.test(value ?? '') && /\d/.test(usual) ? usual.replace(/\d+/, String(value)) : `${usual}, ${value}`;
  return `${value === undefined ? usual : given}${step === undefined ? '' : `, at the step ${step} only`}`;
}

/** The fault called `name` that is on, where it is on for `step`. */
export function findFault(faults: readonly Fault[], name: FaultName, step?: Step): Fault | undefined {
  return faults.find((fault) => fault.name === name && (fault.step === undefined || fault.step === step));
}

export function hasFault(faults: readonly Fault[], name: FaultName, step?: Step): boolean {
  return findFault(faults, name, step) !== undefined;
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultDescriptions, name);
}

function isStep(step: string): step is Step {
  return steps.some((known) => known === step);
}

function acceptsValue(name: FaultName, value: string): boolean {
  const taken = [...faultDescriptions[name].matchAll(/; =([\w.-]+):/g)].map(([, word = '']) => word);
  return taken.some((word) => word === value || (/^[A-Z]+$/.test(word) && /^\d{1,6}$/.test(value)));
}
