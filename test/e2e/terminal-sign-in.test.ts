/** A person at a terminal signs in: what is asked, what is offered, and what Ctrl-C leaves. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CTRL_C, openProgram, shellCode, unanswered } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { secretFile } from '../support/secret-files.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
/** Ctrl-U. */
const CLEAR_LINE = '\u0015';
const PIN_QUESTION = 'PIN of card "Test card"';
let lab: SignInLab;

beforeEach(async () => {
  lab = await startSignInLab();
});
afterEach(() => lab.stop());

/** At a terminal, where nothing is answered in advance but what `known` names. */
function open(args: string[] = [], known: string[] = ['CARD'], more: Record<string, string> = {}): Terminal {
  return openProgram(['sign-in', ...args], { env: { ...unanswered(lab, known), ...more } });
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
  person.write(`${CLEAR_LINE}nonsense\r`);
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
  await first.waitFor(/Sign-in address.*alice@lab\.test/);
  first.write('\r');
  await first.waitFor(`deleted: remembered address ${ALICE}`);
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

/** Leaves what a sign-in without a card stores: the address of somebody else. */
async function leaveBob(): Promise<void> {
  const password = secretFile(lab.dir, 'bobs-password', 'Practice-bob-46');
  const run = await lab.signIn(['bob@lab.test', '--method', 'password', '--user', 'LAB\\bob', '--password-file', password]);
  expect(run.code, run.stderr).toBe(0);
  lab.applications();
}

test('what is stored is kept when the person says so, and the address of last time is offered, to be typed over', async () => {
  await leaveBob();
  const person = open([], ['CARD', 'PIN_FILE']);
  await person.waitFor('A card is used here for the first time. Delete');
  person.write('n\r');
  await person.waitFor(/Sign-in address.*bob@lab\.test/);
  person.write(`${CLEAR_LINE}${ALICE}\r`);
  await person.waitFor('the earlier session of bob@lab.test is ended');
  await person.waitFor(`signed in as Alice Example (${ALICE})`);
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(person.raw()).not.toContain('deleted: ');
});

test('--forget-first answers in advance: nobody is asked, and what was stored is deleted and named', async () => {
  await leaveBob();
  const person = open(['--forget-first'], ['CARD', 'PIN_FILE']);
  await person.waitFor(/Sign-in address.*alice@lab\.test/);
  person.write('\r');
  await person.waitFor('deleted: remembered address bob@lab.test');
  await person.waitFor(`signed in as Alice Example (${ALICE})`);
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(person.raw()).not.toContain('first time');
  expect(lab.applications()).toEqual(['deleted', 'created']);
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
