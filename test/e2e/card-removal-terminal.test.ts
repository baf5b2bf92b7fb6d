/** A card that comes late or goes while somebody is asked: at a terminal. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDesk, type Desk } from '../support/desk.js';
import { CTRL_C, openProgram, shellCode } from '../support/dialog.js';
import { until } from '../support/interrupt.js';
import type { Terminal } from '../support/pty.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';

let desk: Desk;
beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk.remove());

const changePin = () => openProgram(['change-pin', '--new-pin-file', secretFile(desk.dir, 'next', '60718293')], { env: desk.env });

/** Until the program has said that it waits, and looked several times. */
async function waiting(): Promise<Terminal> {
  desk.card.rules(['card absent']);
  const terminal = changePin();
  await terminal.waitFor('insert your smart card');
  const before = desk.card.calls('C_GetSlotList').length;
  await until(() => desk.card.calls('C_GetSlotList').length > before + 4);
  return terminal;
}

async function expectEnd(terminal: Terminal, code: number): Promise<void> {
  expect(shellCode(await terminal.exit())).toBe(code);
  expect(terminal.echo()).toBe(true);
}

test('while it is waited for, the cards are asked nothing; inserted, it is used', async () => {
  const terminal = await waiting();
  expect([...desk.card.calls('C_GetTokenInfo'), ...desk.card.calls('C_OpenSession')]).toEqual([]);
  desk.card.rules([]);
  await terminal.waitFor('Current PIN of card "Test card"');
  terminal.write(`${desk.token.pin}\r`);
  await terminal.waitFor('the PIN of card "Test card" is changed');
  await expectEnd(terminal, 0);
  expect(tryPin(desk.token, '60718293')).toBe('CKR_OK');
});

test('Ctrl-C ends the wait, and leaves the terminal as it was', async () => {
  const terminal = await waiting();
  terminal.write(CTRL_C);
  await expectEnd(terminal, 130);
  const raw = terminal.raw();
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\u001b[?25l'));
});

test.each([
  ['removed', 'card absent', 'reading the card failed: there is no card in the reader', 'insert the card again'],
  [
    'removed and inserted again',
    'fail C_Login CKR_SESSION_HANDLE_INVALID',
    'login failed: the connection to the card was lost',
    'insert the card again',
  ],
  [
    'replaced by another one',
    'serial 00ff00ff',
    'card "Test card" was removed, and card "Test card" (serial 00ff00ff)',
    'insert card "Test card" again',
  ],
])('a card that was %s while the PIN is asked for: whatever is entered, no card sees it', async (_how, rule, message, hint) => {
  const terminal = changePin();
  await terminal.waitFor('Current PIN of card "Test card"');
  desk.card.rules([rule]);
  terminal.write(`${desk.token.pin}\r`);
  await terminal.waitFor(`lyncauth: error: ${message}`);
  await terminal.waitFor(`lyncauth: hint: ${hint}`);
  await expectEnd(terminal, 3);
  expect(desk.card.calls('C_Login').filter((line) => !line.endsWith('injected'))).toEqual([]);
  expect(tryPin(desk.token, desk.token.pin)).toBe('CKR_OK');
});
