/** `lyncauth import`: a file that the organisation handed out, its password, the card, its PIN: the key and the certificate are on the card. */
import { chooseCard } from '../card-access/choose-card.js';
import { askPin, isDefaultPin, logIn, pinForSignature, warnOfFailures } from '../card-access/log-in.js';
import { askNewPin, replacePin } from '../card-access/new-pin.js';
import { openModule } from '../card-access/open-module.js';
import { changeFirst, pinAtHand, wantsDefaultChanged } from '../card-access/pin-at-hand.js';
import type { Context, Outcome } from '../context.js';
import { readIssuers } from '../enrollment/connect-ca.js';
import { refuseMissingConsent } from '../enrollment/consent.js';
import { refuseIdleDeletion } from '../enrollment/contradictions.js';
import { enrollmentOf, importOnto } from '../enrollment/import.js';
import { allowReplacement, confirmImport, refuseForeignWriter, refuseOtherUser } from '../enrollment/import-checks.js';
import { type Chosen, chooseImport } from '../enrollment/import-choice.js';
import { readHandout } from '../enrollment/import-file.js';
import { reportHeld, reportImported, reportImportPlan, type Source } from '../enrollment/import-report.js';
import { Journal } from '../enrollment/journal.js';
import { readableCertificates } from '../enrollment/on-card.js';
import { oneLine } from '../enrollment/questions.js';
import { mayDeleteKey } from '../enrollment/tools-for.js';
import { unlock as unlockFor } from '../enrollment/unlock.js';
import { mustChangePin } from '../pkcs11/first-use.js';
import { keyTypeOf } from '../pkcs11/import-key.js';
import { listKeys } from '../pkcs11/keys.js';
import type { CardModule } from '../pkcs11/module.js';
import { assertPinUsable } from '../pkcs11/pin.js';
import type { PinEntry } from '../pkcs11/pin-entry.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import { withLock } from '../store/locks.js';
import type { CardOptions, PinOptions } from './flags.js';

export interface Options extends CardOptions, PinOptions {
  file: string;
  passwordFile?: string;
  newPinFile?: string;
  issuerCa?: string;
  upn?: string | undefined;
  name?: string | undefined;
  replace?: boolean;
  deleteOldKey?: boolean;
  yes?: boolean;
  dryRun?: boolean;
}

/** @throws LyncauthError as readHandout(), chooseImport(), importOnto() and logIn(); INPUT_REQUIRED for a missing answer; BUSY while another run holds the card */
export async function run(context: Context, options: Options): Promise<Outcome> {
  refuseIdleDeletion(options);
  const settings = await context.settings();
  const upn = options.upn ?? settings.get('upn');
  refuseMissingConsent(context, options, upn);
  const issuers = options.issuerCa === undefined ? undefined : readIssuers(options.issuerCa);
  const handout = await readHandout(context, options.file, options.passwordFile);
  const chosen = await chooseImport(context, handout, { upn, issuers });
  if (issuers === undefined) {
    context.progress.warn(
      'who issued the certificate was not checked: what comes with it in the file proves nothing (--issuer-ca FILE checks it)',
    );
  }
  const source: Source = { file: options.file, certificate: chosen.certificate, issuerChecked: issuers !== undefined };
  const answers: Options = { ...options, upn, name: options.name ?? settings.get('name') };
  const module = await openModule(context, options);
  const reader = await chooseCard(context, module, { ...options, card: options.card ?? settings.get('card') });
  return await withLock(context.paths, cardKey(reader.token), async () => {
    const session = module.openSession(reader, 'read-write');
    try {
      return await importToCard(context, answers, module, session, source, chosen);
    } finally {
      session.close();
    }
  });
}

async function importToCard(
  context: Context,
  options: Options,
  module: CardModule,
  session: CardSession,
  source: Source,
  { certificate, key, keyAsText }: Chosen,
): Promise<Outcome> {
  const journal = new Journal(context.paths.journalDir);
  const open = enrollmentOf(certificate, journal, session);
  const held = keyOfHeld(session, source);
  if (held !== undefined && open === undefined && options.replace !== true) {
    if (options.dryRun !== true && mustChangePin(session)) await changeFirst(context, session, options);
    return reportHeld(session.tokenInfo(), source, held);
  }
  refuseForeignWriter(session);
  const replace = await allowReplacement(context, session, certificate, options.replace === true || open?.plan.replace === true);
  if (options.dryRun === true) return reportImportPlan(session.tokenInfo(), source, key && keyTypeOf(key));
  warnOfFailures(context, session.tokenInfo());
  assertPinUsable(session, { attended: context.prompter.interactive });
  await confirmImport(context, source, options);

  const pin =
    open === undefined
      ? await unlock(context, module, session, options)
      : await unlockFor({ context, session, record: open, journal, options });
  const record = enrollmentOf(certificate, journal, session);
  if (record !== undefined) refuseOtherUser(certificate, record);
  const job = {
    ...{ certificate, key, keyAsText, replace, record },
    label: oneLine(options.name ?? certificate.upn ?? certificate.subject),
    deleteOldKey: options.deleteOldKey === true || record?.plan.deleteOldKey === true,
  };
  const imported = await importOnto(job, {
    ...{ session, journal, now: context.now, savedDir: context.paths.savedDir, contextPin: pinForSignature(context, session, pin) },
    mayDeleteKey: (old) => mayDeleteKey(context, options, old),
  });
  return reportImported(session.tokenInfo(), source, job, imported);
}

/** The key of the certificate, where the card has both already. */
function keyOfHeld(session: CardSession, { certificate }: Source) {
  if (!readableCertificates(session).some(({ info }) => info.der.equals(certificate.der))) return undefined;
  return listKeys(session).find(({ publicKey }) => publicKey?.equals(certificate.publicKey) === true);
}

async function unlock(context: Context, module: CardModule, session: CardSession, options: Options): Promise<PinEntry> {
  const pin = (await pinAtHand(context, module, session, options)) ?? (await askPin(context, session, options));
  const next = await replaceDefault(context, session, pin);
  if (isDefaultPin(session, next))
    context.progress.warn('the PIN is a default that manufacturers publish: anybody who finds the card can use it (lyncauth change-pin)');
  logIn(context, session, next);
  return next;
}

/** @throws LyncauthError PIN_CHANGE_REQUIRED where nobody can be asked, before the card has seen the PIN */
async function replaceDefault(context: Context, session: CardSession, pin: PinEntry): Promise<PinEntry> {
  const change = await wantsDefaultChanged(context, session, pin, {
    flag: 'it, or run lyncauth change-pin first',
    hint: 'lyncauth change-pin',
  });
  if (!change) return pin;
  const next = await askNewPin(context, session, undefined, pin);
  replacePin(context, session, pin, next);
  return next;
}
