import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { createDesk, type Desk } from '../support/desk.js';
import { converse, openProgram } from '../support/dialog.js';
import { handOut, handoutCa, merged, pfx } from '../support/handout.js';
import { tryPin } from '../support/raw-card.js';

const PASSWORD = 'Handed-out-Grüße-46';
const ca = handoutCa();
let desk: Desk;

beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk.remove());

function atTerminal(file: Buffer, args: string[] = []) {
  const path = join(desk.dir, 'kim.pfx');
  writeFileSync(path, file);
  return openProgram(['import', path, ...args], { env: desk.env });
}

const kinds = () => cardObjects(desk.token).map(({ kind }) => kind);

test('a person is asked for the password, whether the certificate is theirs, and for the PIN', async () => {
  const terminal = atTerminal(pfx(handOut(ca, 'p256'), PASSWORD, { more: [ca.certificate] }));
  await converse(terminal, [{ question: 'Password of kim.pfx', answer: 'not it' }]);
  await terminal.waitFor('the file has another password');
  terminal.write('\x15');
  terminal.write(`${PASSWORD}\r`);
  await terminal.waitFor('Is this your certificate?');
  await terminal.waitFor(/user {12}kim@contoso\.com/);
  await terminal.waitFor(/issuer {10}CN=Handing CA \(not checked\)/);
  await converse(terminal, [
    { question: 'Put it onto the card?', answer: '' },
    { question: 'PIN of card "Test card"', answer: desk.token.pin },
  ]);
  await terminal.waitFor('card "Test card" holds the certificate of kim@contoso.com');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  for (const secret of [PASSWORD, desk.token.pin]) expect(terminal.raw()).not.toContain(secret);
  expect(kinds()).toEqual(['certificate', 'private key', 'public key']);
});

test('a person who says that it is not theirs is asked for no PIN, and nothing is written', async () => {
  const terminal = atTerminal(pfx(handOut(ca, 'p256'), ''));
  await converse(terminal, [{ question: 'Put it onto the card?', answer: 'n' }]);
  await terminal.waitFor('nothing was imported');
  expect(await terminal.exit()).toEqual({ code: 1, signal: null });
  expect([desk.card.calls('C_Login'), kinds()]).toEqual([[], []]);
});

test('a person chooses among the certificates of a file, and whether the one on the card is replaced', async () => {
  const part = (upn: string, days: number) =>
    pfx(handOut(ca, 'p256', { upn, notBefore: new Date(Date.now() - days * 24 * 3600 * 1000) }), '', { args: ['-nomac'] });
  for (const round of [1, 2]) {
    // the newest first
    const terminal = atTerminal(merged([part('kim-admin@contoso.com', 3), part('kim@contoso.com', 2)]));
    await converse(terminal, [{ question: 'Which certificate goes onto the card?', answer: '' }]);
    if (round === 2) await converse(terminal, [{ question: 'Replace it?', answer: 'y' }]);
    await converse(terminal, [
      { question: 'Put it onto the card?', answer: '' },
      { question: 'PIN of card', answer: desk.token.pin },
    ]);
    expect(await terminal.exit()).toEqual({ code: 0, signal: null });
    expect(kinds()).toEqual(['certificate', 'private key', 'public key']);
  }
});

test.each(['y', 'n'])('a PIN that manufacturers publish is offered to be changed: %s', async (answer) => {
  desk.remove();
  desk = createDesk({ pin: '12345678' });
  const terminal = atTerminal(pfx(handOut(ca, 'p256'), ''));
  await converse(terminal, [
    { question: 'Put it onto the card?', answer: '' },
    { question: 'PIN of card "Test card"', answer: desk.token.pin },
    { question: 'This PIN is a default that everybody knows. Change it now?', answer },
  ]);
  if (answer === 'y') {
    await converse(terminal, [
      { question: 'New PIN of card', answer: '60718293' },
      { question: 'New PIN again', answer: '60718293' },
    ]);
  }
  expect(await terminal.exit(), terminal.screen()).toEqual({ code: 0, signal: null });
  const pin = answer === 'y' ? '60718293' : '12345678';
  expect(tryPin(desk.token, pin)).toBe('CKR_OK');
  expect(cardObjects({ ...desk.token, pin }).map(({ kind }) => kind)).toEqual(['certificate', 'private key', 'public key']);
});

test('the PIN is typed on a reader that has keys for it, and the import never sees it', async () => {
  desk.card.rules([`pinpad ${desk.token.pin}`]);
  const terminal = atTerminal(pfx(handOut(ca, 'p256'), ''));
  await converse(terminal, [{ question: 'Put it onto the card?', answer: '' }]);
  await terminal.waitFor('enter on the reader: PIN');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(desk.card.calls('C_Login')).toEqual(['C_Login 0x0 user pin-pad']);
  expect(kinds()).toEqual(['certificate', 'private key', 'public key']);
});
