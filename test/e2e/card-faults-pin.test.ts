/** Every fault of a driver at the change of a PIN: how it ends, which PIN the card then takes, what the next run does. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pinChange } from '../support/card-fault-outcomes/change-pin.js';
import { expectChangePinOutcome } from '../support/card-fault-outcomes/expect-outcome.js';
import { titleOf } from '../support/card-fault-outcomes/outcome.js';
import { createDesk, type Desk } from '../support/desk.js';
import { converse, openProgram } from '../support/dialog.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';

const NEXT = '60718293';
let desk: Desk;

beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk.remove());

describe(pinChange.title, () => {
  test.each(pinChange.rows.map((row) => [titleOf(row), row] as const))('%s', async (_, row) => {
    await expectChangePinOutcome(desk, row);
  });
});

describe('a PIN that has expired, so that the card lets nobody log in with it', () => {
  const EXPIRED = ['retries 5', 'fail C_Login CKR_PIN_EXPIRED'];
  const changePin = (pin = desk.token.pin) => {
    const files = ['--pin-file', secretFile(desk.dir, 'pin', pin), '--new-pin-file', secretFile(desk.dir, 'next', NEXT)];
    return desk.run(['change-pin', '--json', '--no-input', ...files]);
  };

  test('is changed all the same', async () => {
    desk.card.rules(EXPIRED);
    const run = await changePin();
    expect([run.code, run.json().result?.changed], run.stdout).toEqual([0, true]);
    expect(desk.card.calls('C_SetPIN')).toHaveLength(1);
    expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
  });

  test('costs a try where it is wrong, and unattended that is counted', async () => {
    desk.card.rules(EXPIRED);
    const [first, second] = [await changePin('99999999'), await changePin('99999998')];
    expect([first.code, first.json().error.code, first.stderr]).toEqual([5, 'PIN_INCORRECT', '']);
    expect(second.json().error).toMatchObject({ code: 'PIN_INCORRECT', details: { failures: 2 } });
    expect(second.stderr).toBe('warning: the last unattended attempt on card "Test card" had a wrong PIN\n');
    expect([second.code, desk.card.calls('C_SetPIN'), desk.card.readState().badTries]).toEqual([5, ['C_SetPIN 0xa0', 'C_SetPIN 0xa0'], 2]);
  });

  test('is changed with its last try by a person who says yes', async () => {
    desk.card.rules(EXPIRED);
    desk.card.state({ badTries: 4 });
    const unattended = await changePin();
    expect([unattended.code, unattended.json().error.code, desk.card.calls('C_SetPIN')]).toEqual([6, 'PIN_FINAL_TRY', []]);
    const terminal = openProgram(['change-pin'], { env: desk.env });
    await converse(terminal, [
      { question: 'Use it?', answer: 'y' },
      { question: 'Current PIN', answer: desk.token.pin },
      { question: 'New PIN of card', answer: NEXT },
      { question: 'New PIN again', answer: NEXT },
    ]);
    expect(await terminal.exit(), terminal.screen()).toEqual({ code: 0, signal: null });
    expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
  });

  test('is not where the driver would take it for the PUK when nobody is logged in', async () => {
    desk.card.rules([...EXPIRED, 'manufacturer OpenSC Project']);
    const run = await changePin();
    expect([run.code, run.json().error]).toMatchObject([
      2,
      { code: 'PIN_CHANGE_REQUIRED', hint: 'ask the people who issued the card to set a new PIN', details: { ckr: 'CKR_PIN_EXPIRED' } },
    ]);
    expect(desk.card.calls('C_SetPIN')).toEqual([]);
    expect(tryPin(desk.token, desk.token.pin)).toBe('CKR_OK');
  });
});
