/** Which certificate of a file goes onto the card: the one that its user can sign in with. Asks where several can. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { keyTypeOf } from '../pkcs11/import-key.js';
import type { CertificateInfo } from '../x509/certificate.js';
import { issuerAmong } from '../x509/trust.js';
import { type Fault, faultOf } from './check-issued.js';
import type { Handout } from './import-file.js';
import { day } from './report.js';

/** How many certificates an error explains. */
const EXPLAINED = 4;

/** One certificate of a file, with its key where the file has it. */
export interface Chosen {
  certificate: CertificateInfo;
  key: KeyObject | undefined;
  /** The file has a private key as PEM text, which is not read. */
  keyAsText: boolean;
}

export interface Expected {
  /** The user principal name it must carry; undefined where a person confirms it. */
  upn: string | undefined;
  /** Certificates (DER) that may have issued it; undefined where nobody named any. */
  issuers: readonly Uint8Array[] | undefined;
}

/**
 * Chooses among the certificates that have their key in `handout`; where it has no key, among all. Those of certification authorities come along only.
 * @throws LyncauthError CERTIFICATE_REFUSED saying of each what is wrong with it, ISSUER_UNKNOWN, CARD_UNSUPPORTED for a key that no card takes;
 * INPUT_REQUIRED where several can sign in
 */
export async function chooseImport(context: Context, handout: Handout, { upn, issuers }: Expected): Promise<Chosen> {
  const candidates = withKeys(handout);
  const judged = candidates.map((candidate) => ({ candidate, fault: faultOf(candidate.certificate, { now: context.now(), upn }) }));
  const fit = newestOfEach(judged.flatMap(({ candidate, fault }) => (fault === undefined ? [candidate] : [])));
  const chosen = fit.length > 1 ? await ask(context, handout.file, fit) : fit[0];
  if (chosen === undefined) throw noneFits(handout.file, judged);
  if (issuers !== undefined && issuerAmong(chosen.certificate.der, issuers) === undefined) throw issuerUnknown(chosen.certificate);
  if (chosen.key !== undefined && keyTypeOf(chosen.key) === 'other') throw unsupportedKey(handout.file, chosen.key);
  return chosen;
}

function withKeys({ file, certificates, keys, keyAsText }: Handout): Chosen[] {
  if (keys.length === 0) return certificates.map((certificate) => ({ certificate, key: undefined, keyAsText }));
  const spkis = keys.map((key) => createPublicKey(key).export({ type: 'spki', format: 'der' }));
  const pairs = certificates.flatMap((certificate) => {
    const key = keys[spkis.findIndex((spki) => spki.equals(certificate.publicKey))];
    return key === undefined ? [] : [{ certificate, key, keyAsText }];
  });
  if (pairs.length > 0) return pairs;
  throw new LyncauthError('CERTIFICATE_REFUSED', `${file} cannot be imported: no certificate in it is for the private key in it`, {
    hint: 'ask whoever handed the file out for another one',
  });
}

/** Of those that one key was given for one user, the newest renewed the others. */
function newestOfEach(fit: Chosen[]): Chosen[] {
  const newestFirst = [...fit].sort((a, b) => b.certificate.notBefore.getTime() - a.certificate.notBefore.getTime());
  const name = ({ certificate: { upn, publicKey } }: Chosen) => `${upn?.toLowerCase()} ${publicKey.toString('hex')}`;
  return newestFirst.filter((one, index) => newestFirst.findIndex((other) => name(other) === name(one)) === index);
}

async function ask(context: Context, file: string, fit: Chosen[]): Promise<Chosen> {
  if (!context.prompter.interactive) {
    throw new LyncauthError(
      'INPUT_REQUIRED',
      `${file} holds ${fit.length} certificates that can sign in: ${fit.map(({ certificate }) => describe(certificate)).join('; ')}`,
      { hint: 'give --upn of the one that is meant, or a file that holds only that one' },
    );
  }
  return await context.prompter.select({
    message: 'Which certificate goes onto the card?',
    flag: '--upn',
    choices: fit.map((one) => ({ value: one, label: describe(one.certificate) })),
  });
}

function noneFits(file: string, judged: { candidate: Chosen; fault: Fault | undefined }[]): LyncauthError {
  const users = judged.filter(({ candidate }) => !candidate.certificate.isCa);
  const told = users.length > 0 ? users : judged;
  const reasons = told.map(({ candidate, fault }) =>
    told.length === 1 ? fault?.reason : `that of ${candidate.certificate.upn ?? candidate.certificate.subject}: ${fault?.reason}`,
  );
  const more = reasons.length > EXPLAINED ? [`and ${reasons.length - EXPLAINED} more`] : [];
  const which = told.length === 1 ? `the certificate in ${file} is not imported` : `no certificate in ${file} can be imported`;
  return new LyncauthError('CERTIFICATE_REFUSED', `${which}: ${[...reasons.slice(0, EXPLAINED), ...more].join('; ')}`, {
    hint: 'ask whoever handed the file out for another one',
  });
}

function issuerUnknown({ issuer }: CertificateInfo): LyncauthError {
  return new LyncauthError('ISSUER_UNKNOWN', `the certificate is not imported: its issuer ${issuer} is not among those of --issuer-ca`, {
    hint: 'ask whoever handed the file out which authority has issued it',
  });
}

function unsupportedKey(file: string, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): LyncauthError {
  const size = asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength ?? '';
  return new LyncauthError('CARD_UNSUPPORTED', `the key in ${file} (${`${asymmetricKeyType} ${size}`.trim()}) cannot be put onto a card`, {
    hint: 'ask for a key of RSA with 2048, 3072 or 4096 bits, or on the curve P-256 or P-384',
  });
}

function describe({ upn, subject, issuer, notAfter }: CertificateInfo): string {
  return `${upn ?? subject}, from ${issuer}, valid until ${day(notAfter)}`;
}
