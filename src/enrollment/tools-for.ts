/** Makes the tools of the enrollment flow out of a command's context: where it may ask, and what the flags answer. */
import type { CaClient } from '../ca-client/types.js';
import { pinForSignature } from '../card-access/log-in.js';
import type { Context } from '../context.js';
import type { PinEntry } from '../pkcs11/pin-entry.js';
import type { CardSession } from '../pkcs11/session.js';
import type { CertificateInfo } from '../x509/certificate.js';
import type { EnrollAnswers } from './answers.js';
import { readIssuers } from './connect-ca.js';
import type { EnrollmentRecord, Journal } from './journal.js';
import { askOfficer } from './officer.js';
import { certificateLines } from './report.js';
import type { EnrollmentTools } from './tools.js';
import { unlock } from './unlock.js';

type Parts = { session: CardSession; ca: CaClient; journal: Journal };

/** What the steps of an enrollment work with; a PIN is asked for when the first of them needs it. */
export function toolsFor(context: Context, answers: EnrollAnswers, parts: Parts): EnrollmentTools {
  let pin: PinEntry | undefined;
  return {
    ...parts,
    progress: context.progress,
    savedDir: context.paths.savedDir,
    ...(answers.issuerCa === undefined ? {} : { issuers: readIssuers(answers.issuerCa) }),
    upn: answers.upn,
    now: context.now,
    unlock: async (record: EnrollmentRecord) => {
      if (pin !== undefined) return;
      const logInOfficer = await askOfficer(context, parts.session, answers);
      // the user's PIN is proved first, and again for each signature: a right one costs no try, and no key is made before both are right
      pin = await unlock({ ...parts, context, record, options: answers });
      logInOfficer?.();
    },
    contextPin: (logIn) => {
      if (pin === undefined) throw new Error('the card was not unlocked');
      pinForSignature(context, parts.session, pin)(logIn);
    },
    confirm: async (certificate, expected) => {
      const lines = certificateLines(certificate);
      if (answers.yes === true && expected !== undefined) {
        for (const line of lines) context.progress.note(line);
        return true;
      }
      // In the question itself: what a person decides about is on their terminal, wherever standard error goes.
      const message = ['Is this your certificate?', ...lines, 'Install it?'].join('\n');
      return await context.prompter.confirm({ message, flag: '--yes', default: true });
    },
    mayDeleteKey: async (certificate) => await mayDeleteKey(context, answers, certificate),
  };
}

/** Whether the key of the old `certificate` may go: by the flag, or by a person. Where nobody says so it stays. */
export async function mayDeleteKey(
  context: Context,
  answers: Pick<EnrollAnswers, 'deleteOldKey'>,
  certificate: CertificateInfo,
): Promise<boolean> {
  if (answers.deleteOldKey === true) return true;
  const which = `the key of the old certificate ${certificate.serialNumber}`;
  if (context.prompter.interactive) {
    const message = `Files or mail may be encrypted to ${which}; without it they cannot be read. Remove it?`;
    return await context.prompter.confirm({ message, flag: '--delete-old-key', default: false });
  }
  context.progress.note(`${which} stays on the card: something may be encrypted to it (--replace --delete-old-key would have removed it)`);
  return false;
}
