/** What can be made to go wrong at the practice organisation: how switches are written and asked for. No effects of its own. */
import { LyncauthError } from '../errors.js';
import { adfsFaults } from './adfs-fault-texts.js';
import { caFaults, poolFaults } from './fault-texts.js';

/** Every switch, and what it does. */
export const faultDescriptions = { ...caFaults, ...adfsFaults, ...poolFaults } as const;

export type FaultName = keyof typeof faultDescriptions;

/** The switches that can be on for one step only. */
export const stepped: readonly FaultName[] = ['redirect', 'server-error', 'huge-body', 'slow'];

/** The switches that do nothing by themselves: a value says which way. */
const valued: readonly FaultName[] = ['adfs', 'methods', 'ca-hints', 'tls', 'adfs-fail', 'adfs-theme', 'ws-trust', 'token-reference'];

/** Where a client stands in its enrollment or in its sign-in, seen from the page it asks for. */
export const enrollmentSteps = ['logon', 'templates', 'chain', 'submit', 'retrieve'] as const;
export const signInSteps = ['discovery', 'token', 'passive', 'adfs', 'application'] as const;
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
    throw new LyncauthError('USAGE', `unknown fault: ${text}`, { hint: 'lyncauth lab fault lists them' });
  }
  if (step !== undefined && !(isStep(step) && stepped.includes(name))) {
    throw new LyncauthError('USAGE', `no such step for fault ${name}: ${step}`, {
      hint: `${stepped.join(', ')} take one of: ${steps.join(', ')}`,
    });
  }
  if (value !== undefined && !acceptsValue(name, value)) {
    throw new LyncauthError('USAGE', `fault ${name} does not take the value ${value}`, { hint: faultDescriptions[name] });
  }
  if (value === undefined && valued.includes(name)) {
    throw new LyncauthError('USAGE', `fault ${name} needs a value`, {
      hint: `one of: ${valuesOf(name)
        .map((each) => `${name}=${each}`)
        .join(', ')}`,
    });
  }
  return { name, ...(value === undefined ? {} : { value }), ...(step === undefined ? {} : { step }) };
}

/**
 * Reads the faults that are to be on together; `none` stands for none of them.
 *
 * @throws LyncauthError USAGE as parseFault(); for a switch that is given twice, and for `none` beside others.
 */
export function parseFaults(texts: readonly string[]): Fault[] {
  if (texts.includes('none')) {
    if (texts.some((text) => text !== 'none')) throw new LyncauthError('USAGE', 'none stands alone: it switches all faults off');
    return [];
  }
  const faults = texts.map(parseFault);
  const twice = faults.find(({ name, step }, index) =>
    faults.some((other, at) => at > index && other.name === name && other.step === step),
  );
  if (twice === undefined) return faults;
  throw new LyncauthError('USAGE', `fault ${twice.name} is given twice`, { hint: 'give each once' });
}

/** As parseFault() reads it: `slow=3000@token`. */
export function formatFault({ name, value, step }: Fault): string {
  return `${name}${value === undefined ? '' : `=${value}`}${step === undefined ? '' : `@${step}`}`;
}

/** What a fault that is on does, its value and its step included. */
export function describeFault({ name, value, step }: Fault): string {
  const [usual = '', ...values] = faultDescriptions[name].split('; =');
  const more = values.find((text) => text.startsWith(`${value}: `))?.slice(`${value}: `.length);
  const inNumbers = /^\d+$/.test(value ?? '') && /\d/.test(usual);
  const given = inNumbers ? usual.replace(/\d+/, String(value)) : `${usual}: ${more || value}`;
  return `${value === undefined ? usual : given}${step === undefined ? '' : `, at the step ${step} only`}`;
}

/** The fault called `name` that is on, where it is on for `step`. */
export function findFault(faults: readonly Fault[], name: FaultName, step?: Step): Fault | undefined {
  return faults.find((fault) => fault.name === name && (fault.step === undefined || fault.step === step));
}

/** True when `name` is on, for every step or for `step`. */
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
  return valuesOf(name).some((word) => word === value || (/^[A-Z]+$/.test(word) && /^\d{1,6}$/.test(value)));
}

/** As they stand in the description: a word in capitals is for a number. */
function valuesOf(name: FaultName): string[] {
  return [...faultDescriptions[name].matchAll(/; =([\w.-]+):/g)].map(([, word = '']) => word);
}
