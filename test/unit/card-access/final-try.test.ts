/** The last try at a terminal: it is used where the person was asked, and left where it has become the last one since. */
import { expect, test } from 'vitest';
import { askPin, logIn } from '../../../src/card-access/log-in.js';
import type { Context } from '../../../src/context.js';
import { Secret } from '../../../src/secret.js';
import { statePaths } from '../../../src/store/paths.js';
import { openFaultyCard } from '../../support/card.js';
import { tempDir } from '../../support/temp-dir.js';

const wrong = new Secret('11223344');

/** A card with so many wrong PINs behind it, of three, before a person who says yes. */
async function open(badTries: number) {
  const { open: openSession, fault, pin } = await openFaultyCard({ rules: ['retries 3'] });
  fault.state({ badTries });
  const asked: string[] = [];
  const dir = tempDir('final-try');
  const confirm = async ({ message }: { message: string }) => asked.push(message) > 0;
  const prompter = { interactive: true, confirm, secret: async () => wrong };
  const context = { paths: statePaths({ HOME: dir }, dir), prompter } as unknown as Context;
  return { context, session: openSession(), fault, asked, pin };
}

test('tries that were spent after the PIN was asked for leave the last one alone', async () => {
  const { context, session, fault, asked } = await open(1);
  const pin = await askPin(context, session, {});
  fault.state({ badTries: 2 });
  expect(() => logIn(context, session, pin)).toThrow(
    expect.objectContaining({
      code: 'PIN_FINAL_TRY',
      message: 'one PIN try is left on card "Test card" now, and it was not used: there were more before',
      hint: 'be sure of the PIN, then run the command again',
      details: { pinState: 'final' },
    }),
  );
  expect([asked, fault.calls('C_Login')]).toEqual([[], []]);
});

test('a person who has decided to use it uses it', async () => {
  const { context, session, asked } = await open(2);
  const pin = await askPin(context, session, {});
  expect(() => logIn(context, session, pin)).toThrow(expect.objectContaining({ code: 'PIN_LOCKED' }));
  expect(asked).toEqual(['One try is left: a wrong PIN now blocks card "Test card". Use it?']);
});
