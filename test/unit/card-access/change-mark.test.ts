/** A PIN that is changed takes the mark for a change at first use with it, whatever the driver wants for that. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replacePin } from '../../../src/card-access/new-pin.js';
import { pinAtHand } from '../../../src/card-access/pin-at-hand.js';
import type { Context } from '../../../src/context.js';
import { isMarkedForChange, markForChange } from '../../../src/pkcs11/first-use.js';
import { logout } from '../../../src/pkcs11/pin.js';
import { preparePinPad } from '../../../src/pkcs11/pin-calls.js';
import { PIN_PAD } from '../../../src/pkcs11/pin-entry.js';
import { Secret } from '../../../src/secret.js';
import { statePaths } from '../../../src/store/paths.js';
import { openFaultyCard } from '../../support/card.js';
import { NEW_PIN, onPinPad, pinCalls } from '../../support/pin-pad.js';

const next = new Secret(NEW_PIN);

/** A marked card, before a person who says yes. */
async function open() {
  const card = await openFaultyCard();
  const administrator = card.openLoggedIn();
  markForChange(administrator, new Date());
  logout(administrator);
  administrator.close();
  const session = card.open('read-write');
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-mark-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const told: string[] = [];
  const context = {
    paths: statePaths({ HOME: dir }, dir),
    prompter: { interactive: true, confirm: async () => true },
    progress: { note: (text: string) => told.push(text), warn: (text: string) => told.push(`warning: ${text}`) },
  } as unknown as Context;
  const calls = () => card.fault.log().flatMap((line) => /^C_(Login|Logout|SetPIN|DestroyObject)/.exec(line)?.[0] ?? []);
  card.fault.clearLog();
  return { ...card, session, context, told, calls };
}

test('without a login where the driver lets that pass', async () => {
  const { context, session, pin, calls, told } = await open();
  replacePin(context, session, pin, next);
  expect([calls(), isMarkedForChange(session), told]).toEqual([['C_Login', 'C_Logout', 'C_SetPIN', 'C_DestroyObject'], false, []]);
});

test('with the new PIN where the driver wants a login; nobody is logged in after it', async () => {
  const { context, session, pin, fault, calls } = await open();
  fault.rules(['fail C_DestroyObject CKR_USER_NOT_LOGGED_IN times=1']);
  replacePin(context, session, pin, next);
  const again = ['C_Login', 'C_DestroyObject', 'C_Logout'];
  expect(calls()).toEqual(['C_Login', 'C_Logout', 'C_SetPIN', 'C_DestroyObject', ...again]);
  expect(isMarkedForChange(session)).toBe(false);
});

test('a mark that does not go is told, and does not undo the change', async () => {
  const { context, session, pin, fault, told } = await open();
  fault.rules(['fail C_DestroyObject CKR_GENERAL_ERROR']);
  replacePin(context, session, pin, next);
  expect([isMarkedForChange(session), told]).toEqual([
    true,
    [expect.stringMatching(/^warning: the PIN is changed, but the card still asks/)],
  ]);
});

test('on a PIN pad nobody types the PIN once more for it', async () => {
  const card = await open();
  onPinPad(card);
  await preparePinPad(card.session);
  replacePin(card.context, card.session, PIN_PAD, PIN_PAD);
  expect(pinCalls(card)).toEqual(['C_Login 0x0 user pin-pad', 'C_SetPIN 0x0 pin-pad']);
  expect(card.calls()).toEqual(['C_Login', 'C_SetPIN', 'C_DestroyObject', 'C_Logout']);
  expect(isMarkedForChange(card.session)).toBe(false);
});

test('a change that is due is made on the PIN pad, and the PIN that is needed later is left for later', async () => {
  const card = await open();
  onPinPad(card);
  expect(await pinAtHand(card.context, card.module, card.session, {})).toBeUndefined();
  expect([isMarkedForChange(card.session), card.told.at(-1)]).toEqual([false, 'the PIN of card "Test card" is changed']);
  card.fault.clearLog();
  expect(await pinAtHand(card.context, card.module, card.session, { pinFile: 'unused' })).toBeUndefined();
  expect(pinCalls(card)).toEqual([]);
});
