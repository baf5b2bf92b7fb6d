/** The PIN of an enrollment: asked for, changed where it is a default, and used. */
import { describe, expect, test } from 'vitest';
import { DEFAULT, NEW, OWN, openUnlocking } from './unlocking.js';

describe('a default PIN at a terminal', () => {
  test('is changed when the person agrees; the new one is asked for twice', async () => {
    const card = await openUnlocking(DEFAULT, { files: { '--pin-file': [DEFAULT], '--new-pin-file': [NEW, NEW] }, yes: true });
    expect(await card.unlock()).toBe(NEW);
    expect(card.asked).toEqual(['--pin-file', '--pin-change', '--new-pin-file', '--new-pin-file']);
    expect(card.stored()).toMatchObject({ step: 'pin-changed', pinChanged: true });
  });

  test('stays when the person does not', async () => {
    const card = await openUnlocking(DEFAULT, { files: { '--pin-file': [DEFAULT] }, yes: false });
    expect(await card.unlock()).toBe(DEFAULT);
    expect(card.asked).toEqual(['--pin-file', '--pin-change']);
    expect(card.stored()?.step).toBe('planned');
  });

  test('stays without a question with --pin-change never, and is warned of', async () => {
    const card = await openUnlocking(DEFAULT, { files: { '--pin-file': [DEFAULT] }, yes: true });
    expect(await card.unlock({ pinChange: 'never' })).toBe(DEFAULT);
    expect(card.asked).toEqual(['--pin-file']);
    expect(card.warnings).toEqual([expect.stringContaining('default that manufacturers publish')]);
  });
});

test('a PIN of its own is not asked about', async () => {
  const card = await openUnlocking(OWN, { files: { '--pin-file': [OWN] }, yes: true });
  expect(await card.unlock()).toBe(OWN);
  expect([card.asked, card.logins()]).toEqual([['--pin-file'], ['0x0']]);
});

test('two entries of the new PIN that differ cost no try', async () => {
  const card = await openUnlocking(DEFAULT, {
    files: { '--pin-file': [DEFAULT], '--new-pin-file': Array(3).fill([NEW, '97538643']).flat() },
    yes: true,
  });
  await expect(card.unlock({ pinChange: 'now' })).rejects.toMatchObject({ code: 'PIN_POLICY' });
  expect([card.logins(), card.stored()?.step]).toEqual([[], 'planned']);
});

test('a step beyond the key is never gone back from to change the PIN', async () => {
  const card = await openUnlocking(DEFAULT, { files: { '--pin-file': [DEFAULT, DEFAULT], '--new-pin-file': [NEW, NEW] }, yes: true });
  Object.assign(card.record, { step: 'submitted' });
  expect(await card.unlock({ pinChange: 'now' })).toBe(DEFAULT);
  expect([card.asked, card.record.step]).toEqual([['--pin-file'], 'submitted']);
});

test('a default PIN is right for a card whose user is to change it', async () => {
  const card = await openUnlocking(DEFAULT, { files: { '--pin-file': [DEFAULT] } });
  Object.assign(card.record, { atFirstUse: true });
  expect(await card.unlock({ pinChange: 'at-first-use' })).toBe(DEFAULT);
  expect(card.warnings).toEqual([]);
});
