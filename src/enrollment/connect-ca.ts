/** The way to the CA: its address, the domain account, one exchange that proves both before the card is touched. */
import { readFileSync } from 'node:fs';
import { createCertsrvClient } from '../ca-client/certsrv.js';
import type { CaClient } from '../ca-client/types.js';
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { readCertificates } from '../x509/bundle.js';
import type { EnrollAnswers } from './answers.js';
import type { EnrollmentRecord } from './journal.js';

/**
 * Logs on to the CA's pages with the domain account (not with the card, and not as this computer's administrator).
 * @throws LyncauthError LOGON_REFUSED, LOGON_UNSUPPORTED, INPUT_REQUIRED, and what the network throws
 */
export async function connectCa(
  context: Context,
  answers: EnrollAnswers,
  underWay?: EnrollmentRecord,
): Promise<{ ca: CaClient; user: string }> {
  const url = underWay?.plan.ca ?? answers.ca ?? '';
  // Whoever has a ticket has proved name and password already.
  const byTicket = answers.auth === 'negotiate';
  const whose = byTicket ? 'the user of the Kerberos ticket' : undefined;
  const user = answers.user ?? whose ?? (await context.prompter.text({ message: 'Domain account (DOMAIN\\user)', flag: '--user' }));
  const password = byTicket
    ? new Secret('')
    : await context.prompter.secret({ message: `password of ${user}`, flag: '--password-file', file: answers.passwordFile });
  const http = await context.http({ caFile: answers.caFile });
  const ca = createCertsrvClient({
    url,
    http,
    auth: { scheme: answers.auth ?? 'auto', user, password },
    timeoutMs: answers.timeout === undefined ? undefined : answers.timeout * 1000,
  });
  await context.progress.step(`logging on to ${ca.url} as ${user}`, () => ca.checkLogon());
  return { ca, user };
}

/** The certificates in `file`, DER. @throws LyncauthError FILE_UNREADABLE */
export function readIssuers(file: string): Buffer[] {
  try {
    return readCertificates(readFileSync(file));
  } catch (error) {
    throw new LyncauthError('FILE_UNREADABLE', `${file} cannot be read as certificates`, {
      hint: 'give a PEM or DER file to --issuer-ca',
      cause: error,
    });
  }
}
