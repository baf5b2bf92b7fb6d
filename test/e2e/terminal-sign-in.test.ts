import { afterEach, beforeEach, expect, test } from 'vitest';
import { CTRL_C, openProgram, shellCode, unanswered } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const PIN_QUESTION = 'PIN of card "Test card"';
let lab: SignInLab;
let terminal: Terminal | undefined;

beforeEach(async () => {
  lab = await startSignInLab();
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
  await lab.stop();
});

/** At a terminal, where nothing is answered in advance but what `known` names. */
function open(args: string[] = [], known: string[] = ['CARD'], more: Record<string, string> = {}): Terminal {
  terminal = openProgram(['sign-in', ...args], { env: { ...unanswered(lab, known), ...more } });
  return terminal;
}

test('a person checks the address on the card, gives the PIN, and is signed in', async () => {
  const person = open();
  await person.waitFor(/Sign-in address.*alice@lab\.test/);
  person.write('\r');
  await person.waitFor(PIN_QUESTION);
  await person.waitFor('Unless support gave you another one, the PIN of a new card is 12345678.');
  person.write(`${lab.token.pin}\r`);
  await person.waitFor(`signed in as Alice Example (${ALICE})`);
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(person.echo()).toBe(true);
  expect(person.raw()).not.toContain(lab.token.pin);
  expect((await lab.run(['status', '--quiet'])).code).toBe(0);
});

test('an address that is none is asked for again, and one on the command line is not', async () => {
  const person = open();
  await person.waitFor(/Sign-in address.*alice@lab\.test/);
  person.write('\u0015nonsense\r');
  await person.waitFor('is not a sign-in address');
  person.write(CTRL_C);
  expect(shellCode(await person.exit())).toBe(130);
  await person.close();
  const direct = open([ALICE]);
  await direct.waitFor(PIN_QUESTION);
  expect(direct.raw()).not.toContain('Sign-in address');
  direct.write(CTRL_C);
  expect(shellCode(await direct.exit())).toBe(130);
});

test('what is stored of a sign-in without a card is offered to be deleted before the first one with it, and only then', async () => {
  await lab.signIn([ALICE, '--method', 'password']);
  lab.applications();
  const first = open([], ['CARD', 'PIN_FILE']);
  await first.waitFor('A card is used here for the first time. Delete');
  first.write('\r');
  await first.waitFor(`deleted: remembered address ${ALICE}`);
  await first.waitFor(/Sign-in address.*alice@lab\.test/);
  first.write('\r');
  await first.waitFor(`signed in as Alice Example (${ALICE})`);
  expect(await first.exit()).toEqual({ code: 0, signal: null });
  expect(lab.applications()).toEqual(['deleted', 'created']);
  await first.close();
  const second = open([], ['CARD', 'PIN_FILE']);
  await second.waitFor(/Sign-in address.*alice@lab\.test/);
  second.write('\r');
  await second.waitFor('signed in as');
  expect(await second.exit()).toEqual({ code: 0, signal: null });
  expect(second.raw()).not.toContain('first time');
});

test('an interrupted sign-in leaves nothing, here and at the server', async () => {
  lab.applications();
  const person = open([ALICE]);
  await person.waitFor(PIN_QUESTION);
  person.write(CTRL_C);
  expect(shellCode(await person.exit())).toBe(130);
  expect(lab.stored()).toEqual([]);
  expect(lab.applications()).toEqual([]);
});
