/**
 * The flow of putting a certificate that was handed out, and its key, onto a card. It keeps no journal: the file has the key as long as it is needed, and
 * what an interruption leaves is found again by its public key, so that the same import goes on with it.
 */
import type { KeyObject } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { importKeyPair, removed } from '../pkcs11/import-key.js';
import { destroyKeyPair, findKey, listKeys, newKeyId } from '../pkcs11/keys.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import { type ContextPin, createSigner } from '../pkcs11/signer.js';
import type { KeyEntry } from '../pkcs11/types.js';
import type { CertificateInfo } from '../x509/certificate.js';
import { faultOfKey } from './check-issued.js';
import { markCard } from './first-use.js';
import { install } from './install.js';
import { type EnrollmentRecord, type Journal, keyOf } from './journal.js';
import { readableCertificates } from './on-card.js';
import type { Replaced } from './replaced.js';
import { type RetireTools, retire } from './retire.js';

export interface ImportJob {
  certificate: CertificateInfo;
  /** Undefined where the card is to have it already. */
  key: KeyObject | undefined;
  /** The file has a private key as PEM text, which is not read. */
  keyAsText: boolean;
  /** CKA_LABEL of a key that is written. */
  label: string;
  replace: boolean;
  deleteOldKey: boolean;
  /** The open enrollment that the certificate completes. */
  record: EnrollmentRecord | undefined;
}

export interface ImportTools extends RetireTools {
  readonly journal: Journal;
  now(): Date;
  /** The PIN again, for keys that want it at each signature. */
  readonly contextPin: ContextPin;
}

export interface Imported {
  key: KeyEntry;
  /** Whether the card held all of it before. */
  unchanged: boolean;
  replaced: Replaced[];
}

/**
 * Writes the key where the card has not got it, has it prove that the certificate is its own, writes the certificate, and retires what it replaces.
 * What is in the way of the certificate takes the key that was just written off again.
 * @param tools - with a session that is logged in
 * @throws LyncauthError KEY_MISMATCH when nobody has the key, CERTIFICATE_REFUSED when the card's key is another, and what the card throws
 */
export async function importOnto(job: ImportJob, tools: ImportTools): Promise<Imported> {
  const { session } = tools;
  const { certificate, record } = job;
  const held = readableCertificates(session).some(({ info }) => info.der.equals(certificate.der));
  const present = keyOnCard(session, certificate.publicKey);
  const key = present ?? writeKey(job, session);
  try {
    const signer = createSigner(session, { ...key, publicKey: certificate.publicKey }, { contextPin: tools.contextPin });
    const fault = await faultOfKey(certificate, signer);
    if (fault !== undefined) throw new LyncauthError('CERTIFICATE_REFUSED', `the certificate is not imported: ${fault}`);
    install(certificate, { ...key, label: key.label || job.label }, session);
  } catch (error) {
    throw present === undefined ? removed(session, key.id, error) : error;
  }
  const replaced = job.replace ? await retire(certificate, job, tools) : [];
  if (record !== undefined) {
    markCard(record, tools);
    tools.journal.close(record);
  }
  return { key, unchanged: held && present !== undefined && replaced.length === 0, replaced };
}

/** The open enrollment on this card whose key is that of `certificate`. @param session - logged in where the driver hides public keys before */
export function enrollmentOf(certificate: CertificateInfo, journal: Journal, session: CardSession): EnrollmentRecord | undefined {
  const card = cardKey(session.card);
  return journal.all().find((record) => {
    const { keyId } = record;
    if (keyOf(record).card !== card || keyId === undefined) return false;
    return findKey(session, Buffer.from(keyId, 'hex'))?.publicKey?.equals(certificate.publicKey) === true;
  });
}

function keyOnCard(session: CardSession, publicKey: Buffer): KeyEntry | undefined {
  return listKeys(session).find((key) => key.hasPrivate && key.publicKey?.equals(publicKey) === true);
}

/** A public half alone is what an interrupted import left: it goes first. */
function writeKey({ certificate, key, keyAsText, label }: ImportJob, session: CardSession): KeyEntry {
  if (key === undefined) throw keyMissing(certificate, keyAsText, session);
  const half = listKeys(session).find(({ id, publicKey }) => id.length > 0 && publicKey?.equals(certificate.publicKey) === true);
  if (half !== undefined) destroyKeyPair(session, half.id, certificate.publicKey);
  return importKeyPair(session, key, { id: newKeyId(), label });
}

function keyMissing({ upn, subject }: CertificateInfo, keyAsText: boolean, session: CardSession): LyncauthError {
  return new LyncauthError('KEY_MISMATCH', `card "${session.card.label}" has no key for the certificate of ${upn ?? subject}`, {
    hint: keyAsText
      ? 'put its key and it into one file: openssl pkcs12 -export -in FILE -out FILE.pfx'
      : 'import the .pfx file that holds its key, or insert the card that the certificate was made for',
  });
}
