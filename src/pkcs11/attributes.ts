/** Attribute templates, checked before they reach the native module: a wrong type there kills the process. Must not import native code. */
import { LyncauthError } from '../errors.js';
import { CKA } from './cryptoki.js';

/** One attribute to set or to match. Numbers are CK_ULONG, strings go over as UTF-8 without a terminator. */
export interface Attribute {
  type: number;
  value: number | boolean | string | Buffer;
}

export type Template = readonly Attribute[];

const ULONG_MAX = 0xffff_ffff;
// the binding parses these two by hand and reads memory it does not own
const REFUSED: readonly number[] = [CKA.START_DATE, CKA.START_DATE + 1];

/**
 * A copy of `template` that is safe to hand to the native module.
 * @throws INTERNAL for any value but a boolean, a string, a Buffer or an unsigned 32-bit integer, and for date attributes
 */
export function checkedTemplate(template: Template): Attribute[] {
  if (!Array.isArray(template)) throw refused('the template is not an array');
  return template.map((attribute: Attribute) => {
    const { type, value } = attribute;
    if (!isUlong(type)) throw refused('an attribute type is not an unsigned 32-bit integer');
    if (REFUSED.includes(type)) throw refused('dates are not supported', type);
    if (!isSafeValue(value)) throw refused('the value is not a boolean, string, Buffer or unsigned 32-bit integer', type);
    return { type, value };
  });
}

function isSafeValue(value: unknown): boolean {
  return typeof value === 'boolean' || typeof value === 'string' || Buffer.isBuffer(value) || isUlong(value);
}

function isUlong(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= ULONG_MAX;
}

function refused(why: string, type?: number): LyncauthError {
  const where = type === undefined ? 'PKCS#11 template' : `PKCS#11 attribute 0x${type.toString(16)}`;
  return new LyncauthError('INTERNAL', `${where}: ${why}`);
}
