/** How often an unattended run had a card refuse its PIN, PUK or SO PIN, by card. Holds a count, never a PIN and never a serial number. */
import { join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { cardFileName } from './card-file-name.js';
import { quote } from './file-checks.js';
import type { StatePaths } from './paths.js';
import { readPrivateFile, removePrivateFile, writePrivateFile } from './private-files.js';

const KINDS = { PIN: 'failures', PUK: 'puk-failures', 'SO PIN': 'so-pin-failures' } as const;

/** What was refused: each has tries of its own. */
type Refused = keyof typeof KINDS;

/**
 * Failed attempts since the last success.
 *
 * @param card what the card is told from others by: its serial number, where that says something
 * @throws LyncauthError STATE_UNREADABLE naming the file
 */
export function readFailures(paths: StatePaths, card: string, refused: Refused = 'PIN'): number {
  const path = countFile(paths, card, refused);
  const text = readPrivateFile(path);
  if (text === undefined) return 0;
  if (!/^\d{1,9}\n?$/.test(text)) {
    throw new LyncauthError('STATE_UNREADABLE', `the count of failed attempts in ${path} is damaged`, { hint: `rm ${quote(path)}` });
  }
  return Number(text);
}

/** Adds one and returns the new count. Call it with the card's lock held. */
export function countFailure(paths: StatePaths, card: string, refused: Refused = 'PIN'): number {
  const count = readFailures(paths, card, refused) + 1;
  writePrivateFile(countFile(paths, card, refused), `${count}\n`);
  return count;
}

/** Back to none: the card has taken a PIN. */
export function clearFailures(paths: StatePaths, card: string, refused: Refused = 'PIN'): void {
  removePrivateFile(countFile(paths, card, refused));
}

function countFile(paths: StatePaths, card: string, refused: Refused): string {
  return join(paths.lockDir, cardFileName(card, KINDS[refused]));
}
