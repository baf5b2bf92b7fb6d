/** A card that was handed out with a PIN that its user must change first, by `enroll --pin-change at-first-use`. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { cardObjects } from './card-objects.js';
import type { CliResult } from './cli.js';
import { NEW_PIN } from './dialog.js';
import { startLab, type TestLab } from './lab.js';
import { secretFile } from './secret-files.js';
import { shared } from './shared.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';

/** What is on a card that is enrolled, and on one that is marked besides. */
export const ENROLLED = ['certificate', 'private key', 'public key'];
export const MARKED = ['certificate', 'other', 'private key', 'public key'];

export interface HandedOutCard {
  readonly lab: TestLab;
  /** `result` of the run that handed the card out. */
  readonly handedOut: unknown;
  /** Makes the blank card, with which each test begins, the one that was handed out. */
  bring(): void;
  enroll(...args: string[]): Promise<CliResult>;
  /** `enroll --pin-change at-first-use`. */
  handOut(...args: string[]): Promise<CliResult>;
  /** The same person at another computer: nothing is known there but the card. */
  elsewhere(...args: string[]): Promise<CliResult>;
  /** `change-pin` to NEW_PIN. */
  changePin(...args: string[]): Promise<CliResult>;
  /** The objects on the card. @param pin - the one that is right now */
  kinds(pin?: string): string[];
  /** How many requests the CA has taken since the test began. */
  submissions(): number;
  /** Expects the same command to finish, without a fault, with one request at the CA. */
  expectFinished(): Promise<void>;
}

/** Hands a card out once for all tests of a file. Call it where hooks are. */
export function useHandedOutCard(): HandedOutCard {
  const lab = shared(
    () => startLab({ faultModule: true }),
    (started) => started.stop(),
  );
  let [blank, marked]: Snapshot[] = [];
  let handedOut: unknown;
  let seen = 0;
  const enroll = (...args: string[]) => lab.enroll(['--key-type', 'p256', ...args]);
  const handOut = (...args: string[]) => enroll('--pin-change', 'at-first-use', ...args);
  const kinds = (pin = lab.token.pin) => cardObjects(lab.token, { pin }).map(({ kind }) => kind);
  const submissions = () => lab.submissions() - seen;
  beforeAll(async () => {
    secretFile(lab.dir, 'pin-new', NEW_PIN);
    const folders = ['tokens', 'config', 'elsewhere'].map((name) => join(name === 'tokens' ? lab.token.dir : lab.dir, name));
    blank = takeSnapshot(folders);
    const run = await handOut();
    if (run.code !== 0) throw new Error(`the card could not be handed out: ${run.stdout}${run.stderr}`);
    handedOut = run.json().result;
    marked = takeSnapshot(folders);
  });
  afterAll(() => {
    blank?.remove();
    marked?.remove();
  });
  beforeEach(() => {
    blank?.restore();
    lab.card.rules([]);
    lab.card.state({});
    lab.card.clearLog();
    seen = lab.submissions();
  });
  return {
    lab,
    get handedOut() {
      return handedOut;
    },
    bring: () => marked?.restore(),
    enroll,
    handOut,
    elsewhere: (...args) => lab.run(['--config-dir', join(lab.dir, 'elsewhere'), ...args]),
    changePin: (...args) => lab.run(['change-pin', '--json', '--no-input', '--new-pin-file', join(lab.dir, 'pin-new'), ...args]),
    kinds,
    submissions,
    async expectFinished() {
      lab.card.rules([]);
      const run = await handOut();
      expect(run.code, run.stderr).toBe(0);
      expect([kinds(), lab.journal(), submissions()]).toEqual([MARKED, [], 1]);
    },
  };
}
