/** `lyncauth unblock-pin` with somebody at a terminal: what it says and asks before it does anything. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BlockedCard, createBlockedCard, NEXT, PUK } from '../support/blocked-card.js';
import { CTRL_C, converse, openProgram, shellCode } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { tryPin } from '../support/raw-card.js';

let desk: BlockedCard;

beforeEach(() => {
  desk = createBlockedCard();
});
afterEach(() => desk.remove());

function atTerminal(): Terminal {
  return openProgram(['unblock-pin'], { env: desk.env });
}

const newPin = (first = NEXT, second = first) => [
  { question: 'New PIN of card "Test card" (4 to 255 characters)', answer: first },
  { question: 'New PIN again', answer: second },
];

test('what is about to be done is said, and the SO PIN and the new PIN are asked for', async () => {
  const terminal = atTerminal();
  await terminal.waitFor('the PIN of card "Test card" is blocked: its SO PIN sets a new one');
  await converse(terminal, [{ question: '? SO PIN of card', answer: desk.token.soPin }, ...newPin()]);
  await terminal.waitFor('card "Test card" has a new PIN, and all tries for it');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(terminal.echo()).toBe(true);
  for (const secret of [desk.token.soPin, NEXT]) expect(terminal.screen()).not.toContain(secret);
  expect(desk.pinCalls()).toEqual(['C_Login 0x0 so', 'C_InitPIN 0x0']);
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

test('of a PUK it says that its tries are not told', async () => {
  desk.pose('ykcs11');
  const terminal = atTerminal();
  await terminal.waitFor('the PIN of card "Test card" is blocked: its PUK sets a new one');
  await terminal.waitFor('The card does not tell how many tries its PUK has left.');
  terminal.write(`${PUK}\r`);
  await converse(terminal, newPin());
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(desk.pinCalls()).toEqual(['C_SetPIN 0x0 puk:+pin:', 'C_Login 0x0 user']);
});

test('a driver that nobody knows is unblocked with what the person has', async () => {
  desk.pose('generic');
  const terminal = atTerminal();
  await terminal.waitFor('What came with card "Test card" to unblock it?');
  terminal.write('\r');
  await converse(terminal, [{ question: 'PUK of card "Test card"', answer: PUK }, ...newPin()]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
});

/** Expects that `question` is asked once, that Enter ends the run with `refusal`, and that `y` goes on to a new PIN. */
async function expectDecision(question: RegExp, refusal: string, code: number): Promise<void> {
  const answered = async (answer: string) => {
    const terminal = atTerminal();
    await terminal.waitFor(question);
    terminal.write(`${answer}\r`);
    return terminal;
  };
  const unwilling = await answered('');
  await unwilling.waitFor(`lyncauth: error: ${refusal}`);
  expect(await unwilling.exit()).toEqual({ code, signal: null });
  expect(desk.pinCalls()).toEqual([]);

  const willing = await answered('y');
  await converse(willing, [{ question: '? SO PIN of card', answer: desk.token.soPin }, ...newPin()]);
  expect(await willing.exit()).toEqual({ code: 0, signal: null });
  expect(tryPin(desk.token, NEXT)).toBe('CKR_OK');
}

test('a PIN that is not blocked is left alone unless the person says yes', async () => {
  desk.pose('softhsm', [], 0);
  const question = /The PIN of card "Test card" is not blocked\. Set a new one with its SO PIN all\s+the same\? \(y\/N\)/;
  await expectDecision(question, 'the PIN of card "Test card" was left as it is', 1);
});

test('the last try of the SO PIN is asked about once, and left alone unless the person says yes', async () => {
  desk.pose('softhsm', ['tokenflags +0x200000']);
  const question = /One try is left: a wrong SO PIN now blocks the SO PIN of card "Test card"\. Use\s+it\? \(y\/N\)/;
  await expectDecision(question, 'the last SO PIN try of card "Test card" was not used', 6);
});

test('few tries of the SO PIN are said before it is asked for', async () => {
  desk.pose('softhsm', ['tokenflags +0x100000']);
  const terminal = atTerminal();
  await terminal.waitFor('warning: few tries are left for the SO PIN of card "Test card"');
  await terminal.waitFor('? SO PIN of card "Test card"');
  terminal.write(CTRL_C);
  expect(shellCode(await terminal.exit())).toBe(130);
});

test('two new PINs that differ, and a default, are asked for again; the card sees none of them', async () => {
  const terminal = atTerminal();
  await converse(terminal, [{ question: '? SO PIN of card', answer: desk.token.soPin }, ...newPin(NEXT, `${NEXT}1`)]);
  await terminal.waitFor('warning: the two new PINs differ');
  await converse(terminal, [{ question: 'New PIN of card', answer: '12345678' }]);
  await terminal.waitFor('warning: the new PIN is a default that manufacturers publish');
  expect(desk.pinCalls()).toEqual([]);
  await converse(terminal, newPin());
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(desk.pinCalls()).toEqual(['C_Login 0x0 so', 'C_InitPIN 0x0']);
});

test('a wrong SO PIN at a terminal is one try and is not counted', async () => {
  for (const run of [1, 2]) {
    const terminal = atTerminal();
    await converse(terminal, [{ question: '? SO PIN of card', answer: '00001111' }, ...newPin()]);
    await terminal.waitFor('lyncauth: error: the SO PIN of card "Test card" is wrong');
    expect(await terminal.exit()).toEqual({ code: 5, signal: null });
    expect([terminal.screen().includes('unattended'), desk.pinCalls().length]).toEqual([false, run]);
  }
});
