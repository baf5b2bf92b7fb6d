/** Judges the certificates of each card, their dates and their keys: as they show without a login. */
import { type CertificateInfo, readCertificate } from '../x509/certificate.js';
import { mayAuthenticate } from '../x509/purposes.js';
import { about, cardsOf, flagsFor, type SeenCard } from './cards.js';
import type { Check, Facts, Finding, KeyFacts } from './facts.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A certificate that ends sooner is told. */
const SOON_DAYS = 30;

interface Read {
  keyId: string;
  label: string;
  info?: CertificateInfo;
}

type UserCertificate = Read & { info: CertificateInfo & { upn: string } };

export const certificates: Check = {
  id: 'certificates',
  title: 'certificate',
  run: (facts) => cardsOf(facts).flatMap((card) => judge(card, facts)),
};

export const keys: Check = {
  id: 'keys',
  title: 'keys',
  run: (facts) => cardsOf(facts).flatMap((card) => judgeKeys(card, facts)),
};

function judge(card: SeenCard, { now }: Facts): Finding[] {
  const all = read(card);
  const users = all.filter(isOfUser);
  // of one user the one that lasts longest counts: it has renewed the others
  const latest = users.filter(({ info }) => !users.some((other) => isRenewal(other.info, info)));
  const unreadable = all.filter(({ info }) => info === undefined).map((entry) => unreadableOne(card, entry));
  return [...(latest.length === 0 ? [none(card)] : latest.map((entry) => judgeDates(card, entry, now))), ...unreadable];
}

function read({ certificates: entries }: SeenCard): Read[] {
  return entries.map(({ keyId, label, der }) => {
    try {
      return { keyId, label, info: readCertificate(Buffer.from(der, 'base64')) };
    } catch {
      return { keyId, label };
    }
  });
}

function isOfUser(entry: Read): entry is UserCertificate {
  return entry.info?.upn !== undefined && !entry.info.isCa && mayAuthenticate(entry.info);
}

function isRenewal(newer: UserCertificate['info'], older: UserCertificate['info']): boolean {
  return newer !== older && newer.upn.toLowerCase() === older.upn.toLowerCase() && newer.notAfter > older.notAfter;
}

function judgeDates(card: SeenCard, { info: { upn, notBefore, notAfter } }: UserCertificate, now: Date): Finding {
  const replace = `lyncauth enroll --replace ${flagsFor(card)}`;
  const whose = `that of ${upn}`;
  if (notAfter <= now) {
    const why = 'no server takes it any more';
    return { status: 'fail', ...about(card), detail: `${whose} expired on ${day(notAfter)}`, why, fix: replace };
  }
  if (notBefore > now) {
    const why = `no server takes it before that day, if today is ${day(now)} as this computer's clock says`;
    return {
      status: 'fail',
      ...about(card),
      detail: `${whose} is valid from ${day(notBefore)} only`,
      why,
      fix: 'check the clock: date -u',
    };
  }
  const left = Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
  if (left > SOON_DAYS) return { status: 'ok', ...about(card), detail: `${whose} is valid until ${day(notAfter)}` };
  const when = left === 0 ? 'within a day' : `in ${left} ${left === 1 ? 'day' : 'days'}`;
  const why = 'then the card no longer signs in';
  return { status: 'warn', ...about(card), detail: `${whose} ends ${when} (${day(notAfter)})`, why, fix: replace };
}

function none(card: SeenCard): Finding {
  const why = 'signing in needs one of a user, with a user principal name and the purpose client authentication or smart card logon';
  return { status: 'warn', ...about(card), detail: 'there is none that can sign in', why, fix: `lyncauth enroll ${flagsFor(card)}` };
}

function unreadableOne(card: SeenCard, { keyId, label }: Read): Finding {
  return {
    status: 'warn',
    ...about(card),
    detail: `"${label}" (key ${keyId}) cannot be read`,
    why: 'it is no X.509 certificate, or damaged; nothing uses it',
    fix: 'remove it with the software that wrote it',
  };
}

function judgeKeys(card: SeenCard, { enrollments }: Facts): Finding[] {
  const entries = read(card).filter((entry): entry is Required<Read> => entry.info !== undefined);
  const awaited = new Set(enrollments.map(({ keyId }) => keyId));
  const lonely = card.keys.filter((key) => key.type !== 'other' && !awaited.has(key.id) && !entries.some((entry) => belong(entry, key)));
  const keyless = entries.filter((entry) => isOfUser(entry) && !card.keys.some((key) => belong(entry, key)));
  return [
    ...(lonely.length === 0 ? [] : [withoutCertificate(card, lonely)]),
    // a card that shows no key at all hides them until the login
    ...(card.keys.length === 0 ? [] : keyless.map((entry) => withoutKey(card, entry))),
  ];
}

/** By public key; by CKA_ID where the driver hides that. */
function belong({ keyId, info }: Required<Read>, { id, publicKey }: KeyFacts): boolean {
  return publicKey === undefined ? id === keyId : info.publicKey.equals(Buffer.from(publicKey, 'base64'));
}

function withoutCertificate(card: SeenCard, lonely: KeyFacts[]): Finding {
  const ids = lonely.map(({ id }) => id).join(', ');
  return {
    status: 'warn',
    ...about(card),
    detail: `${lonely.length === 1 ? 'a key has' : `${lonely.length} keys have`} no certificate: ${ids}`,
    why: 'it takes room on the card, and may be left over from an enrollment elsewhere',
    fix: `lyncauth enroll --key existing --key-id ${lonely[0]?.id ?? ''} ${flagsFor(card)}`,
  };
}

function withoutKey(card: SeenCard, { keyId, info }: Required<Read>): Finding {
  return {
    status: 'warn',
    ...about(card),
    detail: `that of ${info.upn ?? info.subject} (key ${keyId}) has no key in sight`,
    why: 'without its key it signs nobody in; some cards show a key only after the PIN',
    fix: `lyncauth enroll --replace ${flagsFor(card)}`,
  };
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
