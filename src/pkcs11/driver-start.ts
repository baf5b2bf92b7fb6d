/** What C_Initialize is given, and what its failure says. Must not import native code. */
import { LyncauthError } from '../errors.js';
import { CKF } from './cryptoki.js';
import type { DriverProfile } from './types.js';

/** The arguments of C_Initialize, with OS locking (PKCS#11 v2.40 section 5.4). */
export function startArguments({ parameters }: DriverProfile) {
  const text = parameters === undefined ? '' : (process.env[parameters.variable] ?? '');
  // the binding cuts the last character off
  return { flags: CKF.OS_LOCKING_OK, ...(parameters?.form.test(text) ? { libraryParameters: `${text} ` } : {}) };
}

/** `error` with how this driver is set right, under the code of a driver: no card has been asked yet. */
export function startError(error: unknown, path: string, driver: DriverProfile): unknown {
  if (!(error instanceof LyncauthError)) return error;
  const hint = driver.initializeHint ?? error.hint;
  const code = error.code === 'CARD_FAILED' ? 'DRIVER_FAILED' : error.code;
  return new LyncauthError(code, `${error.message}: ${path}`, {
    details: error.details,
    cause: error.cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
