/** What `lyncauth unblock-pin` refuses before the card sees anything, and where its driver cannot do it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BlockedCard, createBlockedCard, type Given, PUK } from '../support/blocked-card.js';

let desk: BlockedCard;

beforeEach(() => {
  desk = createBlockedCard();
});
afterEach(() => desk.remove());

describe('nothing goes to the card', () => {
  afterEach(() => expect(desk.pinCalls()).toEqual([]));

  test.each([
    ['the SO PIN is blocked', ['tokenflags +0x400000'], { code: 'SO_PIN_LOCKED', details: { soPinState: 'locked' } }, 6],
    ['one try of it is left', ['tokenflags +0x200000'], { code: 'PIN_FINAL_TRY', details: { soPinState: 'final' } }, 6],
  ])('when %s', async (_what, rules, error, code) => {
    desk.pose('softhsm', rules);
    const run = await desk.unblock({ soPin: desk.token.soPin });
    expect(run.json().error).toMatchObject(error);
    expect(run.code).toBe(code);
  });

  test.each([
    ['an SO PIN that is too short', { soPin: '123' }, 'the SO PIN of card "Test card" must have 4 to 255 characters'],
    ['an SO PIN that is too long', { soPin: '9'.repeat(256) }, 'the SO PIN of card "Test card" must have 4 to 255 characters'],
    ['a new PIN that is too short', { soPin: '13572468', next: '571' }, 'the new PIN of card "Test card" must have 4 to 255 characters'],
    ['a published default', { soPin: '13572468', next: '12345678' }, 'the new PIN is a default that manufacturers publish'],
  ])('for %s', async (_what, given: Given, message) => {
    const run = await desk.unblock(given);
    expect(run.json().error).toMatchObject({ code: 'PIN_POLICY', message });
    expect(run.code).toBe(2);
  });

  test.each([
    ['a PUK where the SO PIN is wanted', 'softhsm', { puk: PUK }, 'give --so-pin-file FILE instead of --puk-file'],
    ['an SO PIN where the PUK is wanted', 'opensc', { soPin: '13572468' }, 'give --puk-file FILE instead of --so-pin-file'],
    ['both, where nobody knows which', 'generic', { puk: PUK, soPin: '13572468' }, 'give the one that the card came with'],
  ] as const)('for %s', async (_what, driver, given: Given, hint) => {
    desk.pose(driver);
    const run = await desk.unblock(given);
    expect(run.json().error).toMatchObject({ code: 'USAGE', hint });
    expect(run.code).toBe(2);
  });

  test.each([
    ['the SO PIN', 'softhsm', 'give --so-pin-file FILE'],
    ['the PUK', 'opensc', 'give --puk-file FILE'],
    ['one of them', 'generic', 'give --puk-file FILE or --so-pin-file FILE'],
  ] as const)('without %s, which the hint names', async (_what, driver, hint) => {
    desk.pose(driver);
    const run = await desk.unblock({});
    expect(run.json().error).toMatchObject({ code: 'INPUT_REQUIRED', hint });
    expect(run.code).toBe(2);
  });

  test.each([
    ['that cannot unblock', 'activclient', 3, 'ask the people who issued the card to unblock it'],
    ['that nobody knows, which may take the PUK for a PIN that is not blocked', 'generic', 1, 'lyncauth change-pin, with the PIN'],
  ] as const)('for a driver %s', async (_what, driver, badTries, hint) => {
    desk.pose(driver, [], badTries);
    const run = await desk.unblock({ puk: PUK });
    expect(run.json().error).toMatchObject({ code: 'CARD_UNSUPPORTED', hint });
    expect(run.code).toBe(3);
  });
});

test.each(['CKR_FUNCTION_NOT_SUPPORTED', 'CKR_USER_NOT_LOGGED_IN'])('OpenSC that is not set up for it (%s) is told how', async (ckr) => {
  desk.pose('opensc', [`fail C_SetPIN ${ckr}`]);
  const run = await desk.unblock({ puk: PUK });
  expect(run.json().error).toMatchObject({
    code: 'CARD_UNSUPPORTED',
    message: `the driver OpenSC is not set up to take a PUK (${ckr})`,
    hint: expect.stringMatching(/user_pin_unblock_style = set_pin_in_unlogged_session.*OPENSC_CONF/),
  });
  expect(run.code).toBe(3);
});
