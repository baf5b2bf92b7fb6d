/** A PIN that must be changed in an enrollment, or was being changed when its run died. */
import { describe, expect, test } from 'vitest';
import type { EnrollmentStep } from '../../../src/enrollment/journal.js';
import { PIN_PAD } from '../../../src/pkcs11/pin-entry.js';
import { DEFAULT, NEW, OWN, openUnlocking, type UnlockingDesk } from './unlocking.js';

test('a card that wants its PIN changed gets a new one at a terminal, without another question', async () => {
  const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN], '--new-pin-file': [NEW, NEW] }, yes: true });
  card.rules(['mustchange']);
  expect(await card.unlock()).toBe(NEW);
  expect(card.asked).not.toContain('--pin-change');
});

describe('an enrollment beyond the key, of a card that wants its PIN changed,', () => {
  test('is refused unattended, before the card sees a PIN', async () => {
    const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN] } });
    Object.assign(card.record, { step: 'key-made' });
    card.rules(['mustchange']);
    await expect(card.unlock()).rejects.toMatchObject({
      code: 'PIN_CHANGE_REQUIRED',
      hint: 'lyncauth change-pin',
      details: { pinState: 'must-change' },
    });
    expect([card.asked, card.logins()]).toEqual([[], []]);
  });

  test('has a person change it first, and a later run uses the new one', async () => {
    const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN], '--new-pin-file': [NEW, NEW] }, yes: true });
    Object.assign(card.record, { step: 'key-made' });
    card.rules(['mustchange']);
    expect(await card.unlock()).toBe(NEW);
    expect(card.stored()).toMatchObject({ step: 'key-made', pinChanged: true });
  });

  test('whose answer to that change is lost, is never sent the old PIN by a later run', async () => {
    const person = await openUnlocking(OWN, { files: { '--pin-file': [OWN, OWN], '--new-pin-file': [NEW, NEW, NEW] }, yes: true });
    Object.assign(person.record, { step: 'key-made' });
    person.rules(['mustchange', 'fail C_SetPIN CKR_DEVICE_REMOVED before=0']);
    await expect(person.unlock()).rejects.toMatchObject({ code: 'PIN_CHANGE_UNKNOWN' });
    expect(person.stored()).toMatchObject({ step: 'key-made', pinChanging: true, pinChanged: false });
    person.rules([]);
    expect(await person.unlock({ pinFile: 'old', newPinFile: 'new' })).toBe(NEW);
    expect(person.stored()).toMatchObject({ step: 'key-made', pinChanged: true });
    expect([person.stored()?.pinChanging, person.logins()]).toEqual([undefined, ['0x0', '0x0']]);
  });

  test('goes on with the old PIN where the card has refused the change', async () => {
    const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN, OWN], '--new-pin-file': [NEW, NEW] }, yes: true });
    Object.assign(card.record, { step: 'key-made' });
    card.rules(['mustchange', 'fail C_SetPIN CKR_PIN_INVALID']);
    await expect(card.unlock()).rejects.toMatchObject({ code: 'PIN_POLICY' });
    expect([card.stored()?.step, card.stored()?.pinChanging, card.stored()?.pinChanged]).toEqual(['key-made', undefined, false]);
    card.rules([]);
    expect(await card.unlock()).toBe(OWN);
  });
});

describe('a card that is marked for a change at first use', () => {
  test('gets a new PIN at a terminal, which takes the mark off', async () => {
    const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN], '--new-pin-file': [NEW, NEW] }, yes: true, marked: true });
    expect(await card.unlock()).toBe(NEW);
    expect(card.isMarked()).toBe(false);
  });

  test('is refused unattended, unless it is the enrollment that marks it', async () => {
    const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN] }, marked: true });
    await expect(card.unlock({ pinChange: 'never' })).rejects.toMatchObject({
      code: 'PIN_CHANGE_REQUIRED',
      hint: 'add --pin-change now --new-pin-file FILE',
    });
    expect(card.logins()).toEqual([]);
    Object.assign(card.record, { step: 'installed', atFirstUse: true });
    expect(await card.unlock()).toBe(OWN);
    expect(card.isMarked()).toBe(true);
  });

  test.each([
    { step: 'changing-pin' },
    { step: 'pin-changed', pinChanged: true },
    { step: 'submitted', pinChanging: true },
    { step: 'submitted', pinChanged: true },
  ] as const)('loses the mark that it bore before an interrupted run changed the PIN, and no later one: %j', async (facts) => {
    const card = await openUnlocking(NEW, { files: { '--new-pin-file': [NEW, NEW] }, marked: true });
    Object.assign(card.record, facts);
    expect(await card.unlock({ newPinFile: 'new' })).toBe(NEW);
    expect(card.isMarked()).toBe(true);
    Object.assign(card.record, { ...facts, markedBefore: true });
    expect(await card.unlock({ newPinFile: 'new' })).toBe(NEW);
    expect([card.isMarked(), card.stored()?.markedBefore, card.stored()?.pinChanged]).toEqual([false, undefined, true]);
  });
});

describe('after an interrupted change', () => {
  /** The journal of a run that died at `step`. */
  function died(card: UnlockingDesk, step: EnrollmentStep, pinChanged: boolean): void {
    Object.assign(card.record, { step, pinChanged });
  }

  test('the new PIN is tried once and is right', async () => {
    const card = await openUnlocking(NEW, { files: { '--new-pin-file': [NEW] } });
    died(card, 'changing-pin', false);
    expect(await card.unlock({ newPinFile: 'new' })).toBe(NEW);
    expect(card.logins()).toEqual(['0x0']);
    expect(card.stored()).toMatchObject({ step: 'pin-changed', pinChanged: true });
  });

  test('or wrong: it says that nothing was changed, and the old one is not tried', async () => {
    const card = await openUnlocking(DEFAULT, { files: { '--pin-file': [DEFAULT], '--new-pin-file': [NEW] } });
    died(card, 'changing-pin', false);
    await expect(card.unlock({ newPinFile: 'new', pinFile: 'old' })).rejects.toMatchObject({
      code: 'PIN_INCORRECT',
      message: expect.stringContaining('the interrupted run did not change the PIN'),
    });
    expect([card.asked, card.logins()]).toEqual([['--new-pin-file'], ['0xa0']]);
    expect(card.stored()?.step).toBe('planned');
  });

  test('a card that does not answer leaves the question open', async () => {
    const card = await openUnlocking(NEW, { files: { '--new-pin-file': [NEW] } });
    died(card, 'changing-pin', false);
    card.rules(['fail C_Login CKR_DEVICE_REMOVED']);
    await expect(card.unlock({ newPinFile: 'new' })).rejects.toMatchObject({ code: 'CARD_REMOVED' });
    expect(card.record.step).toBe('changing-pin');
  });
});

describe('on a PIN pad', () => {
  test('the PIN is changed and then used, each entry announced', async () => {
    const card = await openUnlocking(OWN, { files: {}, yes: true });
    card.rules([`pinpad ${OWN} ${NEW}`]);
    expect(await card.unlockOnReader({ pinChange: 'now' })).toBe(PIN_PAD);
    expect(card.notes).toEqual([
      'enter on the reader: current PIN',
      'enter on the reader: current PIN, then new PIN, then new PIN again',
      'enter on the reader: PIN',
    ]);
    expect(card.logins()).toEqual(['0x0', '0x0']);
    expect(card.stored()).toMatchObject({ step: 'pin-changed', pinChanged: true });
  });

  test('an interrupted change is settled by one entry of the new PIN', async () => {
    const card = await openUnlocking(NEW, { files: {}, yes: true });
    card.rules([`pinpad ${NEW}`]);
    Object.assign(card.record, { step: 'changing-pin' });
    expect(await card.unlockOnReader()).toBe(PIN_PAD);
    expect([card.notes.at(-1), card.logins()]).toEqual(['enter on the reader: new PIN', ['0x0']]);
    expect(card.stored()).toMatchObject({ step: 'pin-changed', pinChanged: true });
  });
});
