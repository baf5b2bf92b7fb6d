/** A card whose PIN is asked for in an enrollment, and somebody, or nobody, who answers. */
import { join } from 'node:path';
import type { Context, Prompter } from '../../../src/context.js';
import type { PinAnswers } from '../../../src/enrollment/answers.js';
import { type EnrollmentRecord, Journal } from '../../../src/enrollment/journal.js';
import { unlock } from '../../../src/enrollment/unlock.js';
import { LyncauthError } from '../../../src/errors.js';
import { isMarkedForChange, markForChange } from '../../../src/pkcs11/first-use.js';
import { logout } from '../../../src/pkcs11/pin.js';
import { Secret } from '../../../src/secret.js';
import { statePaths } from '../../../src/store/paths.js';
import { openFaultyCard } from '../../support/card.js';
import { tempDir } from '../../support/temp-dir.js';
import { NOW, plan } from './parts.js';

export const DEFAULT = '12345678';
export const OWN = '24681357';
export const NEW = '97538642';

export interface UnlockingDesk {
  /** Runs unlock(); the PIN it says is valid. */
  unlock(options?: PinAnswers): Promise<string>;
  unlockOnReader(options?: PinAnswers): Promise<unknown>;
  notes: string[];
  record: EnrollmentRecord;
  stored(): EnrollmentRecord | undefined;
  warnings: string[];
  /** What was asked, in order: flags. */
  asked: string[];
  /** Return values of C_Login. */
  logins(): string[];
  rules(lines: string[]): void;
  isMarked(): boolean;
}

/**
 * A card with a PIN counter, before somebody who answers; `marked` by an earlier enrollment.
 * @param person - answers by flag; a PIN flag with several answers gives them one after the other. Without `yes` nobody is there.
 */
export async function openUnlocking(
  pin: string,
  person: { files: Record<string, string[]>; yes?: boolean; marked?: boolean },
): Promise<UnlockingDesk> {
  const card = await openFaultyCard({ pin });
  card.fault.rules(['retries 3']);
  if (person.marked === true) {
    const administrator = card.openLoggedIn();
    markForChange(administrator, NOW);
    logout(administrator);
    administrator.close();
    card.fault.clearLog();
  }
  const session = card.open('read-write');
  const dir = tempDir('unlock');
  const journal = new Journal(join(dir, 'journal'));
  const record = journal.begin({ serial: '0123', label: 'Test card' }, plan(), NOW);
  const asked: string[] = [];
  const warnings: string[] = [];
  const notes: string[] = [];
  const prompter: Pick<Prompter, 'interactive' | 'confirm' | 'secret'> = {
    interactive: person.yes !== undefined,
    confirm: async ({ flag }) => {
      asked.push(flag);
      return person.yes === true;
    },
    secret: async ({ flag }) => {
      asked.push(flag);
      const answer = person.files[flag]?.shift();
      if (answer === undefined) throw new LyncauthError('INPUT_REQUIRED', 'nobody answers');
      return new Secret(answer);
    },
  };
  const context = {
    env: {},
    paths: statePaths({ HOME: dir }, dir),
    prompter,
    progress: { note: (text: string) => notes.push(text), warn: (text: string) => warnings.push(text) },
  } as unknown as Context;
  const parts = { context, session, record, journal };
  return {
    unlock: async (options = {}) => ((await unlock({ ...parts, options })) as Secret).reveal(),
    unlockOnReader: (options = {}) => unlock({ ...parts, options }),
    notes,
    record,
    stored: () => journal.all()[0],
    warnings,
    asked,
    logins: () => card.fault.calls('C_Login').map((line) => line.split(' ')[1] ?? ''),
    isMarked: () => isMarkedForChange(session),
    rules: (lines) => card.fault.rules(['retries 3', ...lines]),
  };
}
