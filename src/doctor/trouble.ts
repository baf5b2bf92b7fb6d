/** Errors as facts. */
import { isLyncauthError } from '../errors.js';
import type { Trouble } from './facts.js';

/** What is told of `error`; of one that nobody foresaw its first line. */
export function asTrouble(error: unknown): Trouble {
  if (isLyncauthError(error)) {
    const { code, message, hint } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { code: 'INTERNAL', message: line };
}
