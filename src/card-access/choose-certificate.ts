/** Which certificate of a card signs in: valid now, made for it, with a user's name. Looks without a PIN; only its key needs the login. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import type { Log } from '../log.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { listKeys } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { CertificateEntry, KeyEntry } from '../pkcs11/types.js';
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import { mayAuthenticate } from '../x509/purposes.js';

/** How many certificates an error explains: a card full of old ones would hide the sentence. */
const EXPLAINED = 4;

/** A certificate that signs in its user. */
export interface UserCertificate {
  readonly info: CertificateInfo & { upn: string };
  readonly entry: CertificateEntry;
}

export interface CertificateChoice {
  /** CKA_ID of its key, hexadecimal. */
  keyId?: string | undefined;
  /** A certificate whose user is this one is preferred. */
  address?: string | undefined;
}

/**
 * The certificate that can sign in. A person is asked when several can, and unattended it is an error that lists them; but of those that one key was
 * given for one user the newest is meant: it renewed the others.
 * @throws LyncauthError NO_CERTIFICATE, saying of each what is wrong with it; INPUT_REQUIRED
 */
export async function chooseCertificate(context: Context, session: CardSession, choice: CertificateChoice): Promise<UserCertificate> {
  const entries = listCertificates(session).filter(({ id }) => choice.keyId === undefined || id.toString('hex') === choice.keyId);
  const judged = entries.map((entry) => judge(entry, context.now()));
  const usable = judged.flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]));
  const fit = withoutRenewed(narrow(usable, listKeys(session), choice.address), context.log);
  const [first] = fit;
  if (first === undefined) throw noCertificate(session.tokenInfo().label, judged, choice.keyId);
  if (fit.length === 1) return first;
  if (!context.prompter.interactive) throw ambiguous(session.tokenInfo().label, fit);
  return await context.prompter.select({
    message: 'Which certificate signs in?',
    flag: '--key-id HEX',
    choices: fit.map((certificate) => ({ value: certificate, label: describe(certificate) })),
  });
}

/**
 * The key of a certificate, by public key, then by CKA_ID where the driver hides that. The session must be logged in.
 * @throws LyncauthError KEY_NOT_FOUND
 */
export function keyOf(session: CardSession, { info, entry }: UserCertificate): KeyEntry {
  const keys = listKeys(session).filter(({ hasPrivate }) => hasPrivate);
  const same = keys.find(({ publicKey }) => publicKey?.equals(info.publicKey) === true);
  const key = same ?? keys.find(({ id, publicKey }) => publicKey === undefined && id.equals(entry.id));
  // The certificate says what the driver hides.
  if (key !== undefined) return { ...key, publicKey: info.publicKey };
  throw new LyncauthError('KEY_NOT_FOUND', `card "${session.tokenInfo().label}" has no key for the certificate of ${info.upn}`, {
    hint: 'lyncauth cards lists what is on the card; lyncauth enroll makes a new key and certificate',
  });
}

type Judged = { certificate: UserCertificate } | { certificate?: never; name: string; reason: string };

function judge(entry: CertificateEntry, now: Date): Judged {
  const info = readQuietly(entry.der);
  if (info === undefined) return { name: entry.label || entry.id.toString('hex'), reason: 'cannot be read' };
  const { upn, subject, notBefore, notAfter } = info;
  const name = upn ?? subject;
  if (info.isCa || !mayAuthenticate(info)) return { name, reason: 'is not for signing in' };
  if (notAfter <= now) return { name, reason: `expired on ${day(notAfter)}` };
  if (notBefore > now) return { name, reason: `is valid from ${day(notBefore)} only` };
  if (upn === undefined) return { name, reason: 'names no user (no user principal name)' };
  return { certificate: { info: { ...info, upn }, entry } };
}

/** Those whose key is in sight, if any is: before the login some drivers show no key. Of these those of the user, if any is; the newest first. */
function narrow(usable: UserCertificate[], keys: KeyEntry[], address: string | undefined): UserCertificate[] {
  const preferred = (list: UserCertificate[], is: (certificate: UserCertificate) => boolean) => {
    const some = list.filter(is);
    return some.length > 0 ? some : list;
  };
  const withKey = preferred(usable, ({ info }) => keys.some(({ publicKey }) => publicKey?.equals(info.publicKey) === true));
  const ofUser = preferred(withKey, ({ info }) => info.upn.toLowerCase() === address?.toLowerCase());
  return [...ofUser].sort((a, b) => b.info.notBefore.getTime() - a.info.notBefore.getTime());
}

/** @param newestFirst - as narrow() sorts them */
function withoutRenewed(newestFirst: UserCertificate[], log: Log): UserCertificate[] {
  return newestFirst.filter(({ info }, index) => {
    const renewal = newestFirst
      .slice(0, index)
      .find((newer) => isSameUser(newer.info, info) && newer.info.publicKey.equals(info.publicKey));
    if (renewal === undefined) return true;
    const [newer, older] = [renewal.info, info].map(({ notAfter }) => day(notAfter));
    log.verbose(`the certificate of ${info.upn} until ${older} is left aside: one until ${newer} has renewed it`);
    return false;
  });
}

function isSameUser(one: UserCertificate['info'], other: UserCertificate['info']): boolean {
  return one.upn.toLowerCase() === other.upn.toLowerCase();
}

function ambiguous(label: string, fit: UserCertificate[]): LyncauthError {
  const keys = new Set(fit.map(({ entry }) => entry.id.toString('hex')));
  return new LyncauthError(
    'INPUT_REQUIRED',
    `card "${label}" has ${fit.length} certificates that can sign in: ${fit.map(describe).join('; ')}`,
    {
      hint: keys.size === 1 ? 'give the address of the one that is meant' : 'give --key-id HEX',
      details: {
        candidates: fit.map(({ info, entry }) => ({
          keyId: entry.id.toString('hex'),
          upn: info.upn,
          issuer: info.issuer,
          notAfter: info.notAfter.toISOString(),
        })),
      },
    },
  );
}

function noCertificate(label: string, judged: Judged[], keyId: string | undefined): LyncauthError {
  const reasons = judged.flatMap((one) => (one.certificate === undefined ? [`that of ${one.name} ${one.reason}`] : []));
  const more = reasons.length > EXPLAINED ? [`and ${reasons.length - EXPLAINED} more`] : [];
  const which = keyId === undefined ? '' : ` with the key ${keyId}`;
  const why = reasons.length === 0 ? '' : `: ${[...reasons.slice(0, EXPLAINED), ...more].join('; ')}`;
  return new LyncauthError('NO_CERTIFICATE', `card "${label}" has no certificate${which} that can sign in${why}`, {
    hint: keyId === undefined ? 'lyncauth enroll' : 'lyncauth cards lists the keys and certificates',
  });
}

function describe({ info, entry }: UserCertificate): string {
  return `${info.upn}, from ${info.issuer}, valid until ${day(info.notAfter)} (key ${entry.id.toString('hex')})`;
}

function readQuietly(der: Buffer): CertificateInfo | undefined {
  try {
    return readCertificate(der);
  } catch {
    return undefined;
  }
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
