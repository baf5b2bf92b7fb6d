/** What must have been said before a certificate is installed where nobody can be asked. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import type { EnrollOptions } from './answers.js';

/** Unattended, nobody can look at the certificate: the run must say whose it is to be, and that it may be installed. @throws LyncauthError INPUT_REQUIRED */
export function refuseMissingConsent(context: Context, options: Pick<EnrollOptions, 'dryRun' | 'yes'>, upn: string | undefined): void {
  if (context.prompter.interactive || options.dryRun === true) return;
  const missing = upn === undefined ? '--upn' : options.yes === true ? undefined : '--yes';
  if (missing === undefined) return;
  throw new LyncauthError(
    'INPUT_REQUIRED',
    missing === '--upn'
      ? 'whose certificate it is to be must be said where nobody can be asked'
      : 'installing the certificate needs consent',
    {
      hint: missing === '--upn' ? 'give --upn user@domain' : 'give --yes',
    },
  );
}
