/** What stands between a file and a card before anything is written: the driver, a certificate that is there already, the person. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { listKeys } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { CertificateInfo } from '../x509/certificate.js';
import { findEnrolled } from './enrolled.js';
import type { Source } from './import-report.js';
import type { EnrollmentRecord } from './journal.js';
import { refuseReadOnly } from './officer.js';
import { certificateLines, day } from './report.js';

/**
 * Some cards have places for keys that only their own tool fills, with a key of the card's administrator instead of a PIN.
 * @throws LyncauthError NEEDS_SECURITY_OFFICER, CARD_UNSUPPORTED for cards that the driver only reads, before anything is asked or written
 */
export function refuseForeignWriter(session: CardSession): void {
  refuseReadOnly(session);
  const { driver, card } = session;
  if (driver.createAs === 'user' && !driver.fixedIds) return;
  const tool =
    driver.id === 'ykcs11' ? 'ykman piv keys import 9a FILE, then ykman piv certificates import 9a FILE' : "use the card's own tool";
  throw new LyncauthError('NEEDS_SECURITY_OFFICER', `card "${card.label}" takes keys from its own tool only (driver ${driver.name})`, {
    hint: tool,
  });
}

/**
 * Whether the card's other certificates of the same user are to be retired: nobody wants a second one that is valid without knowing.
 * @param wanted - what was said already
 * @throws LyncauthError INPUT_REQUIRED naming --replace, FAILED when the person says no
 */
export async function allowReplacement(
  context: Context,
  session: CardSession,
  certificate: CertificateInfo,
  wanted: boolean,
): Promise<boolean> {
  if (wanted || certificate.upn === undefined) return wanted;
  const others = listCertificates(session).filter(({ der }) => !der.equals(certificate.der));
  const valid = findEnrolled(others, listKeys(session), { upn: certificate.upn }, context.now());
  if (valid === undefined) return false;
  const message = `Card "${session.card.label}" holds a certificate of ${certificate.upn} that is valid until ${day(valid.certificate.notAfter)}. Replace it?`;
  if (await context.prompter.confirm({ message, flag: '--replace', default: false })) return true;
  throw new LyncauthError('FAILED', 'nothing was imported');
}

/** Shows the certificate and asks whether it is the person's. @throws LyncauthError FAILED when it is not, INPUT_REQUIRED */
export async function confirmImport(
  context: Context,
  { certificate, issuerChecked }: Source,
  { yes, upn }: { yes?: boolean | undefined; upn?: string | undefined },
): Promise<void> {
  const { progress, prompter } = context;
  if (/sha-?1\b/i.test(certificate.signatureAlgorithm))
    progress.warn(`the certificate is signed with ${certificate.signatureAlgorithm}, which is outdated`);
  const lines = certificateLines(certificate).map((line) =>
    line.startsWith('  issuer') && !issuerChecked ? `${line} (not checked)` : line,
  );
  if (yes === true && upn !== undefined) {
    for (const line of lines) progress.note(line);
    return;
  }
  // In the question itself: what a person decides about is on their terminal, wherever standard error goes.
  const message = ['Is this your certificate?', ...lines, 'Put it onto the card?'].join('\n');
  if (await prompter.confirm({ message, flag: '--yes', default: true })) return;
  throw new LyncauthError('FAILED', 'nothing was imported');
}

/** @throws LyncauthError CERTIFICATE_REFUSED when the open enrollment that `certificate` would complete is for another user */
export function refuseOtherUser({ upn }: CertificateInfo, { plan, cardLabel }: EnrollmentRecord): void {
  if (plan.upn === undefined || plan.upn.toLowerCase() === upn?.toLowerCase()) return;
  throw new LyncauthError(
    'CERTIFICATE_REFUSED',
    `the certificate is not imported: it is for ${upn ?? 'nobody'}, and the enrollment of card "${cardLabel}" that is open for its key is for ${plan.upn}`,
    { hint: 'lyncauth enroll --resume shows that enrollment, lyncauth enroll --abandon drops it and its key' },
  );
}
