/** A card whose PIN must be changed first, with a person at a terminal: the change is offered, and the command goes on. */
import { expect, test } from 'vitest';
import { converse, type Exchange, NEW_PIN, openProgram, unanswered } from '../support/dialog.js';
import { ENROLLED, MARKED, useHandedOutCard } from '../support/handed-out.js';
import type { Terminal } from '../support/pty.js';

const ALICE = 'alice@lab.test';
const OFFER = { question: 'Card "Test card" wants its PIN changed before it is used. Change it now?', answer: '' };
const at = useHandedOutCard();
const { lab } = at;

const dialog = (): [current: Exchange, ...next: Exchange[]] => [
  { question: 'urrent PIN of card "Test card"', answer: lab.token.pin },
  { question: 'New PIN of card "Test card" (4 to 255 characters)', answer: NEW_PIN },
  { question: 'New PIN again', answer: NEW_PIN },
];

/** @param known - what is not asked for */
const atTerminal = (known: string[], ...args: string[]): Terminal => openProgram(args, { env: unanswered(lab, known), columns: 200 });

/** Expects success, said in these words, and a card that asks for no change any more. */
async function expectChanged(person: Terminal, words: string): Promise<void> {
  await person.waitFor(words);
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(at.kinds(NEW_PIN)).toEqual(ENROLLED);
}

test.each([
  ['sign-in', ['sign-in', ALICE], ['CARD'], `signed in as Alice Example (${ALICE})`],
  ['enroll, on a card that is enrolled,', ['enroll'], ['CA', 'UPN', 'CARD'], 'card "Test card" is enrolled already'],
])('%s offers the change', async (_what, args, known, words) => {
  at.bring();
  const person = atTerminal(known, ...args);
  await converse(person, [OFFER, ...dialog()]);
  await expectChanged(person, words);
});

test('enroll, on a card that gets a new certificate, has the PIN changed on the way', async () => {
  at.bring();
  const args = ['--replace', '--yes', '--key', 'new', '--hash', 'sha256', '--name', 'New', '--template', 'SmartcardUser'];
  const person = atTerminal(['CA', 'USER', 'UPN', 'CARD', 'PASSWORD_FILE'], 'enroll', ...args);
  await converse(person, [{ question: 'PIN of card "Test card"', answer: lab.token.pin }]);
  await person.waitFor('card "Test card" wants its PIN changed before it is used');
  await converse(person, [...dialog().slice(1), { question: 'Remove it?', answer: 'y' }]);
  await expectChanged(person, 'is enrolled for alice@lab.test until');
});

test('the person who hands cards out is asked about one that was enrolled without a mark', async () => {
  await at.enroll();
  const person = openProgram(['enroll', '--pin-change', 'at-first-use'], { env: lab.env, columns: 200 });
  await converse(person, [{ question: 'is enrolled already. Is its user to change the PIN at first use?', answer: '' }]);
  await person.waitFor('its PIN must be changed before the card is used: lyncauth change-pin');
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(at.kinds()).toEqual(MARKED);
});
