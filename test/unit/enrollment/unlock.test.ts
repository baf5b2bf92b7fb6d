import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Context, Prompter } from '../../../src/context.js';
import { type EnrollmentRecord, type EnrollmentStep, Journal } from '../../../src/enrollment/journal.js';
import { type UnlockOptions, unlock } from '../../../src/enrollment/unlock.js';
import { LyncauthError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { statePaths } from '../../../src/store/paths.js';
import { openFaultyCard } from '../../support/card.js';
import { NOW, plan } from './parts.js';

const DEFAULT = '12345678';
const NEW = '97538642';

interface Setting {
  /** Runs unlock(); the PIN it says is valid. */
  unlock(options?: UnlockOptions): Promise<string>;
  record: EnrollmentRecord;
  stored(): EnrollmentRecord | undefined;
  warnings: string[];
  /** What was asked, in order: flags. */
  asked: string[];
  /** Return values of C_Login. */
  logins(): string[];
  rules(lines: string[]): void;
}

/**
 * A card with a PIN counter, before somebody who answers.
 * @param person - answers by flag; a PIN flag with several answers gives them one after the other. Without `yes` nobody is there.
 */
async function open(pin: string, person: { files: Record<string, string[]>; yes?: boolean }): Promise<Setting> {
  const card = await openFaultyCard({ pin });
  card.fault.rules(['retries 3']);
  const session = card.open('read-write');
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-unlock-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const journal = new Journal(join(dir, 'journal'));
  const record = journal.begin({ serial: '0123', label: 'Test card' }, plan(), NOW);
  const asked: string[] = [];
  const warnings: string[] = [];
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
    progress: { note: () => {}, warn: (text: string) => warnings.push(text) },
  } as unknown as Context;
  return {
    unlock: async (options = {}) => (await unlock(context, session, record, journal, options)).reveal(),
    record,
    stored: () => journal.all()[0],
    warnings,
    asked,
    logins: () => card.fault.calls('C_Login').map((line) => line.split(' ')[1] ?? ''),
    rules: (lines) => card.fault.rules(['retries 3', ...lines]),
  };
}

describe('a default PIN at a terminal', () => {
  test('is changed when the person agrees; the new one is asked for twice', async () => {
    const card = await open(DEFAULT, { files: { '--pin-file': [DEFAULT], '--new-pin-file': [NEW, NEW] }, yes: true });
    expect(await card.unlock()).toBe(NEW);
    expect(card.asked).toEqual(['--pin-file', '--pin-change', '--new-pin-file', '--new-pin-file']);
    expect(card.stored()).toMatchObject({ step: 'pin-changed', pinChanged: true });
  });

  test('stays when the person does not', async () => {
    const card = await open(DEFAULT, { files: { '--pin-file': [DEFAULT] }, yes: false });
    expect(await card.unlock()).toBe(DEFAULT);
    expect(card.asked).toEqual(['--pin-file', '--pin-change']);
    expect(card.stored()?.step).toBe('planned');
  });

  test('stays without a question with --pin-change never, and is warned of', async () => {
    const card = await open(DEFAULT, { files: { '--pin-file': [DEFAULT] }, yes: true });
    expect(await card.unlock({ pinChange: 'never' })).toBe(DEFAULT);
    expect(card.asked).toEqual(['--pin-file']);
    expect(card.warnings).toEqual([expect.stringContaining('default that manufacturers publish')]);
  });
});

test('a PIN of its own is not asked about', async () => {
  const card = await open('24681357', { files: { '--pin-file': ['24681357'] }, yes: true });
  expect(await card.unlock()).toBe('24681357');
  expect([card.asked, card.logins()]).toEqual([['--pin-file'], ['0x0']]);
});

test('two entries of the new PIN that differ cost no try', async () => {
  const card = await open(DEFAULT, {
    files: { '--pin-file': [DEFAULT], '--new-pin-file': Array(3).fill([NEW, '97538643']).flat() },
    yes: true,
  });
  await expect(card.unlock({ pinChange: 'now' })).rejects.toMatchObject({ code: 'PIN_POLICY' });
  expect([card.logins(), card.stored()?.step]).toEqual([[], 'planned']);
});

test('a card that wants its PIN changed gets a new one at a terminal, without another question', async () => {
  const card = await open('24681357', { files: { '--pin-file': ['24681357'], '--new-pin-file': [NEW, NEW] }, yes: true });
  card.rules(['mustchange']);
  expect(await card.unlock()).toBe(NEW);
  expect(card.asked).not.toContain('--pin-change');
});

test('a step beyond the key is never gone back from to change the PIN', async () => {
  const card = await open(DEFAULT, { files: { '--pin-file': [DEFAULT, DEFAULT], '--new-pin-file': [NEW, NEW] }, yes: true });
  Object.assign(card.record, { step: 'submitted' });
  expect(await card.unlock({ pinChange: 'now' })).toBe(DEFAULT);
  expect([card.asked, card.record.step]).toEqual([['--pin-file'], 'submitted']);
  card.rules(['mustchange']);
  await expect(card.unlock()).rejects.toMatchObject({ code: 'PIN_CHANGE_REQUIRED', hint: 'lyncauth change-pin' });
});

describe('after an interrupted change', () => {
  /** The journal of a run that died at `step`. */
  function died(card: Setting, step: EnrollmentStep, pinChanged: boolean): void {
    Object.assign(card.record, { step, pinChanged });
  }

  test('the new PIN is tried once and is right', async () => {
    const card = await open(NEW, { files: { '--new-pin-file': [NEW] } });
    died(card, 'changing-pin', false);
    expect(await card.unlock({ newPinFile: 'new' })).toBe(NEW);
    expect(card.logins()).toEqual(['0x0']);
    expect(card.stored()).toMatchObject({ step: 'pin-changed', pinChanged: true });
  });

  test('or wrong: it says that nothing was changed, and the old one is not tried', async () => {
    const card = await open(DEFAULT, { files: { '--pin-file': [DEFAULT], '--new-pin-file': [NEW] } });
    died(card, 'changing-pin', false);
    await expect(card.unlock({ newPinFile: 'new', pinFile: 'old' })).rejects.toMatchObject({
      code: 'PIN_INCORRECT',
      message: expect.stringContaining('the interrupted run did not change the PIN'),
    });
    expect([card.asked, card.logins()]).toEqual([['--new-pin-file'], ['0xa0']]);
    expect(card.stored()?.step).toBe('planned');
  });

  test('a card that does not answer leaves the question open', async () => {
    const card = await open(NEW, { files: { '--new-pin-file': [NEW] } });
    died(card, 'changing-pin', false);
    card.rules(['fail C_Login CKR_DEVICE_REMOVED']);
    await expect(card.unlock({ newPinFile: 'new' })).rejects.toMatchObject({ code: 'CARD_REMOVED' });
    expect(card.record.step).toBe('changing-pin');
  });
});
