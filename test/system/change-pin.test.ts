/** After a PIN change OpenSC's pkcs11-tool is asked which PIN the card takes. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, runCommand } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { converse, openProgram } from '../support/dialog.js';
import { secretFile } from '../support/secret-files.js';

const NEXT = '60718293';
let desk: Desk;

beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk.remove());

function logInWith(pin: string): Promise<CliResult> {
  const command = ['pkcs11-tool', '--module', desk.token.modulePath, '--token-label', desk.token.label];
  return runCommand([...command, '--login', '--pin', pin, '--list-objects'], { env: desk.token.env });
}

async function expectOnly(works: string, fails: string): Promise<void> {
  expect((await logInWith(works)).code).toBe(0);
  const refused = await logInWith(fails);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('CKR_PIN_INCORRECT')]);
}

function changePin(current: string, next: string): Promise<CliResult> {
  const files = ['--pin-file', secretFile(desk.dir, 'current-pin', current), '--new-pin-file', secretFile(desk.dir, 'next-pin', next)];
  return desk.run(['change-pin', '--json', '--no-input', ...files]);
}

test('unattended: the old PIN fails and the new one works', async () => {
  expect((await changePin(desk.token.pin, NEXT)).code).toBe(0);
  await expectOnly(NEXT, desk.token.pin);
});

test('at a terminal: the old PIN fails and the new one works', async () => {
  const terminal = openProgram(['change-pin'], { env: desk.env });
  await converse(terminal, [
    { question: 'Current PIN', answer: desk.token.pin },
    { question: 'New PIN of card', answer: NEXT },
    { question: 'New PIN again', answer: NEXT },
  ]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  await expectOnly(NEXT, desk.token.pin);
});

test.each([
  ['the old PIN', '735194'],
  ['a published default', '12345678'],
  ['too short a PIN', '571'],
])('%s as the new one is refused, and the old PIN stays', async (_what, next) => {
  expect((await changePin(desk.token.pin, next)).code).toBe(2);
  await expectOnly(desk.token.pin, NEXT);
});
