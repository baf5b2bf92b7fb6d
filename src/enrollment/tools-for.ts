/** Makes the tools of the enrollment flow out of a command's context: where it may ask, and what the flags answer. */
import type { CaClient } from '../ca-client/types.js';
import type { Context } from '../context.js';
import type { CardSession } from '../pkcs11/session.js';
import type { Secret } from '../secret.js';
import type { CertificateInfo } from '../x509/certificate.js';
import type { EnrollAnswers } from './answers.js';
import { readIssuers } from './connect-ca.js';
import type { EnrollmentRecord, Journal } from './journal.js';
import { certificateLines } from './report.js';
import type { EnrollmentTools } from './tools.js';
import { unlock } from './unlock.js';

type Parts = { session: CardSession; journal: Journal };

export function toolsFor(context: Context, answers: EnrollAnswers, parts: Parts & { ca: CaClient }): EnrollmentTools;
export function toolsFor(context: Context, answers: EnrollAnswers, parts: Parts): Pick<EnrollmentTools, 'unlock'>;
export function toolsFor(context: Context, answers: EnrollAnswers, parts: Parts & { ca?: CaClient }): Partial<EnrollmentTools> {
  let pin: Secret | undefined;
  return {
    ...parts,
    progress: context.progress,
    savedDir: context.paths.savedDir,
    ...(answers.issuerCa === undefined ? {} : { issuers: readIssuers(answers.issuerCa) }),
    upn: answers.upn,
    now: context.now,
    unlock: async (record: EnrollmentRecord) => {
      pin ??= await unlock(context, parts.session, record, parts.journal, answers);
    },
    contextPin: () => {
      if (pin === undefined) throw new Error('the card was not unlocked');
      return pin;
    },
    confirm: async (certificate) => {
      for (const line of certificateLines(certificate)) context.progress.note(line);
      if (answers.yes === true && answers.upn !== undefined) return true;
      return await context.prompter.confirm({ message: 'Is this your certificate? Install it?', flag: '--yes', default: true });
    },
    mayDeleteKey: async (certificate) => await mayDeleteKey(context, answers, certificate),
  };
}

async function mayDeleteKey(context: Context, answers: EnrollAnswers, certificate: CertificateInfo): Promise<boolean> {
  if (answers.deleteOldKey === true) return true;
  const which = `the key of the old certificate ${certificate.serialNumber}`;
  if (context.prompter.interactive) {
    const message = `Files or mail may be encrypted to ${which}; without it they cannot be read. Remove it?`;
    return await context.prompter.confirm({ message, flag: '--delete-old-key', default: false });
  }
  context.progress.note(`${which} stays on the card: something may be encrypted to it (--delete-old-key removes it)`);
  return false;
}
