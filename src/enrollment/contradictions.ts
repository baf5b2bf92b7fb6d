/** Flags of `enroll` that cannot be meant together. Found out before anything is read, asked or written. */
import { LyncauthError } from '../errors.js';
import type { DriverProfile } from '../pkcs11/types.js';
import type { EnrollOptions } from './answers.js';

/** @throws LyncauthError USAGE, naming both flags */
export function refuseContradictions(options: EnrollOptions): void {
  const { newPinFileGiven, pinChange } = options;
  if (newPinFileGiven === true && (pinChange === 'never' || pinChange === 'at-first-use'))
    throw contradiction(`--pin-change ${pinChange}`, '--new-pin-file');
  if (options.dryRun === true) {
    if (options.resume !== undefined) throw contradiction('--dry-run', '--resume');
    if (options.resubmit === true) throw contradiction('--dry-run', '--resubmit');
    if (options.abandon === true) throw contradiction('--dry-run', '--abandon');
  }
  // A request that is gone on with may have been made with --replace.
  if (options.resume === undefined) refuseIdleDeletion(options);
}

/** What is a contradiction unless the card has fixed key slots, whose ids name places for new keys. @throws LyncauthError USAGE, naming both flags */
export function refuseIdOfNewKey(
  { key, keyId }: Pick<EnrollOptions, 'key' | 'keyId'>,
  { keySlots }: Pick<DriverProfile, 'keySlots'>,
): void {
  if (key === 'new' && keyId !== undefined && keySlots === undefined) throw contradiction('--key new', '--key-id');
}

/** @throws LyncauthError USAGE for --delete-old-key without --replace */
export function refuseIdleDeletion({ deleteOldKey, replace }: Pick<EnrollOptions, 'deleteOldKey' | 'replace'>): void {
  if (deleteOldKey !== true || replace === true) return;
  throw new LyncauthError('USAGE', '--delete-old-key deletes nothing without --replace', { hint: 'add --replace' });
}

function contradiction(one: string, other: string): LyncauthError {
  return new LyncauthError('USAGE', `${one} and ${other} contradict each other`, { hint: 'lyncauth enroll --help' });
}
