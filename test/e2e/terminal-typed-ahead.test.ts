/** What a person types while the program is busy: no PIN, which would cost a try, and no consent to what was not on the screen yet. */
import { afterEach, expect, test } from 'vitest';
import { openProgram, unanswered } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { useSignInLab } from '../support/signed-in.js';

const lab = useSignInLab({ faultModule: true });
afterEach(() => lab.card.rules([]));

/** A sign-in that waits for the card until `typed` has reached the terminal. */
async function typeAhead(typed: string, known: string[]): Promise<Terminal> {
  lab.card.rules(['card absent']);
  const person = openProgram(['sign-in', 'alice@lab.test'], { env: unanswered(lab, known), columns: 200 });
  await person.waitFor('insert your smart card');
  person.write(`${typed}\r`);
  await person.waitFor(typed);
  lab.card.clearLog();
  lab.card.rules([]);
  return person;
}

test('a line typed before the PIN is asked for is not sent to the card', async () => {
  const person = await typeAhead('hello', ['CARD']);
  await person.waitFor('PIN of card "Test card"');
  person.write(`${lab.token.pin}\r`);
  await person.waitFor('signed in as Alice Example');
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(lab.card.calls('C_Login')).toEqual(['C_Login 0x0 user']);
  expect(person.echo()).toBe(true);
});

test('a yes typed before a server is asked about does not trust it', async () => {
  lab.faults('homed-elsewhere');
  const person = await typeAhead('y', ['CARD', 'PIN_FILE']);
  await person.waitFor('may it see your sign-in?');
  person.write('\r');
  await person.waitFor('is at 127.0.0.1, which is outside of lab.test');
  expect(await person.exit()).toEqual({ code: 9, signal: null });
  expect(lab.stored()).toEqual([]);
});
