/** A card whose PIN must be changed before it is used, as an administrator hands it out, in a sign-in. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { converse, type Exchange, NEW_PIN, openProgram, unanswered } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const OFFER = 'Card "Test card" wants its PIN changed before it is used. Change it now?';
let lab: SignInLab;
let requestsBefore: number;

beforeEach(async () => {
  lab = await startSignInLab({ faultModule: true });
  // What an administrator does who has enrolled the card for somebody else.
  lab.card.rules(['mustchange']);
  lab.card.clearLog();
  requestsBefore = lab.log().length;
});
afterEach(() => lab.stop());

function open(known: string[]): Terminal {
  return openProgram(['sign-in', ALICE], { env: unanswered(lab, ['CARD', ...known]), columns: 200 });
}

function dialog(): Exchange[] {
  return [
    { question: OFFER, answer: '' },
    { question: 'Current PIN of card "Test card"', answer: lab.token.pin },
    { question: 'New PIN of card "Test card" (4 to 255 characters)', answer: NEW_PIN },
    { question: 'New PIN again', answer: NEW_PIN },
  ];
}

test('unattended it ends with 2 before a server or the card is asked for anything', async () => {
  const run = await lab.signIn([ALICE]);
  expect(run.json().error).toEqual({
    code: 'PIN_CHANGE_REQUIRED',
    message: 'card "Test card" wants its PIN changed before it is used',
    hint: 'lyncauth change-pin',
    details: { pinState: 'must-change' },
  });
  expect([run.code, lab.card.calls('C_Login'), lab.log().length]).toEqual([2, [], requestsBefore]);
});

test('a person is offered to change it now, types the PIN once, and is signed in with the new one', async () => {
  const person = open([]);
  await converse(person, dialog());
  await person.waitFor('the PIN of card "Test card" is changed');
  await person.waitFor(`signed in as Alice Example (${ALICE})`);
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(lab.card.calls('C_SetPIN')).toEqual(['C_SetPIN 0x0']);
  expect(person.raw()).not.toContain(NEW_PIN);
});

test('the PIN that it has may come from a file; the new one is asked for all the same', async () => {
  const person = open(['PIN_FILE']);
  await converse(
    person,
    dialog().filter(({ question }) => !question.startsWith('Current')),
  );
  await person.waitFor('signed in as');
  expect(await person.exit()).toEqual({ code: 0, signal: null });
});

test('a person who does not want to change it is not signed in, and told how to change it', async () => {
  const person = open(['PIN_FILE']);
  await person.waitFor(OFFER);
  person.write('n\r');
  await person.waitFor('lyncauth: hint: lyncauth change-pin');
  expect(await person.exit()).toEqual({ code: 2, signal: null });
  expect([lab.card.calls('C_Login'), lab.log().length]).toEqual([[], requestsBefore]);
});

test('a PIN file that is not there is found out before a server is asked', async () => {
  lab.card.rules([]);
  const run = await lab.signIn([ALICE, '--pin-file', join(lab.dir, 'none')]);
  expect(run.json().error).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `cannot read ${join(lab.dir, 'none')} (--pin-file): there is no such file`,
  });
  expect([run.code, lab.log().length]).toEqual([1, requestsBefore]);
});
