/** A reader with keys of its own: the card gets every PIN from them, and this program is never told one. */
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { cardShownAt } from '../support/card-session.js';
import { CTRL_C, converse, openProgram, shellCode, unanswered } from '../support/dialog.js';
import { NEW_PIN, onPinPad, pinCalls, programWithoutKoffi } from '../support/pin-pad.js';
import { openTerminal, type Terminal } from '../support/pty.js';
import { tryPin } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';
import { useSignInLab } from '../support/signed-in.js';

const ENROLL = 'enroll --template SmartcardUser --hash sha256 --name x --key new --replace --delete-old-key'.split(' ');
const COMMANDS = [['change-pin'], ['change-pin', '--check'], ['unblock-pin'], ['sign-in', 'alice@lab.test'], [...ENROLL, '--yes']];
const COLUMNS = 200;
const lab = useSignInLab({ faultModule: true });

/** The card as it was. */
afterEach(async () => {
  lab.card.rules([]);
  if (tryPin(lab.token, lab.token.pin) !== 'CKR_OK') {
    const files = ['--pin-file', secretFile(lab.dir, 'changed', NEW_PIN), '--new-pin-file', lab.env.LYNCAUTH_PIN_FILE ?? ''];
    expect((await lab.run(['change-pin', '--no-input', ...files])).code).toBe(0);
  }
  lab.card.state({});
});

function toPinPad(...rules: string[]): void {
  onPinPad({ token: lab.token, fault: lab.card }, rules);
}

const calls = () => pinCalls({ fault: lab.card });
const environment = () => unanswered(lab, ['CA', 'USER', 'UPN', 'CARD', 'PASSWORD_FILE']);

function atTerminal(...args: string[]): Terminal {
  return openProgram(args, { columns: COLUMNS, env: environment() });
}

/** Expects success, that each entry was announced, and that no PIN was asked for at the terminal. */
async function expectDone(person: Terminal, announced: string[]): Promise<void> {
  const end = await person.exit();
  expect(end, person.screen()).toEqual({ code: 0, signal: null });
  expect(person.screen()).not.toMatch(/^\? .*PIN/m);
  const entries = [...person.screen().matchAll(/enter on the reader: (.*)/g)].map(([, text = '']) => text.trimEnd());
  expect(entries).toEqual(announced);
}

/** Expects that NEW_PIN is the card's PIN, and what it had is not. */
function expectNewPin(): void {
  expect(tryPin(lab.token, NEW_PIN)).toBe('CKR_OK');
  expect(tryPin(lab.token, lab.token.pin)).toContain('CKR_PIN_INCORRECT');
}

test('a card is enrolled with the PIN that is typed on the reader', async () => {
  toPinPad();
  const person = atTerminal(...ENROLL);
  await converse(person, [{ question: 'Install it?', answer: '' }]);
  await expectDone(person, ['PIN']);
  expect(calls()).toEqual(['C_Login 0x0 user pin-pad']);
});

test('a card is enrolled after its PIN was changed on the reader', async () => {
  toPinPad();
  const person = atTerminal(...ENROLL, '--pin-change', 'now');
  await converse(person, [{ question: 'Install it?', answer: '' }]);
  await expectDone(person, ['current PIN', 'current PIN, then new PIN, then new PIN again', 'PIN']);
  expect(calls()).toEqual(['C_Login 0x0 user pin-pad', 'C_SetPIN 0x0 pin-pad', 'C_Login 0x0 user pin-pad']);
  expectNewPin();
});

test.each([['change-pin'], ['change-pin --quiet']])('%s changes the PIN on the reader and announces each entry', async (command) => {
  toPinPad();
  await expectDone(atTerminal(...command.split(' ')), ['current PIN', 'current PIN, then new PIN, then new PIN again']);
  expect(calls()).toEqual(['C_Login 0x0 user pin-pad', 'C_SetPIN 0x0 pin-pad']);
  expectNewPin();
});

test('a PIN is checked on the reader', async () => {
  toPinPad();
  await expectDone(atTerminal('change-pin', '--check'), ['PIN']);
  expect(calls()).toEqual(['C_Login 0x0 user pin-pad']);
});

test('a blocked PIN is unblocked on the reader by the security officer', async () => {
  lab.card.state({ badTries: 3 });
  toPinPad('retries 3');
  await expectDone(atTerminal('unblock-pin'), ['SO PIN', 'new PIN, then new PIN again']);
  expect(calls()).toEqual(['C_Login 0x0 so pin-pad', 'C_InitPIN 0x0 pin-pad']);
  expectNewPin();
});

test('a blocked PIN is unblocked on the reader by the PUK, where the driver takes one', async () => {
  // to the module it is a change: the card says that it is blocked, and what is typed first is its PIN
  toPinPad('manufacturer OpenSC Project', 'tokenflags +0x40000');
  await expectDone(atTerminal('unblock-pin'), ['PUK, then new PIN, then new PIN again']);
  expect(calls()).toEqual(['C_SetPIN 0x0 pin-pad']);
  expectNewPin();
});

test('a card that was logged in on the reader signs in TLS', async () => {
  toPinPad();
  const seen = lab.log().length;
  await expectDone(atTerminal('sign-in', 'alice@lab.test'), ['PIN']);
  const requests = lab.log().slice(seen);
  expect(cardShownAt(requests.filter((entry) => entry.event === 'http').filter(({ host }) => host !== undefined))).toHaveLength(1);
  expect(calls()).toEqual(['C_Login 0x0 user pin-pad']);
});

test('a key that wants the PIN for each signature gets it on the reader, each time announced', async () => {
  toPinPad('alwaysauth');
  await expectDone(atTerminal('sign-in', 'alice@lab.test'), ['PIN', 'PIN (for a signature)']);
  expect(calls()).toEqual(['C_Login 0x0 user pin-pad', 'C_Login 0x0 context pin-pad']);
});

test.each(COMMANDS.map((args) => [args.join(' '), args] as const))(
  '%s is refused where nobody is at the reader, whatever file has a PIN',
  async (_name, args) => {
    toPinPad();
    const result = await lab.run([...args, '--json']);
    expect(result.json().error).toMatchObject({ code: 'INPUT_REQUIRED', message: expect.stringContaining('on the keys of its reader') });
    expect(result.code).toBe(2);
    expect(calls()).toEqual([]);
  },
);

test('without koffi a PIN pad is refused before the card is asked for anything', async () => {
  const program = programWithoutKoffi();
  toPinPad();
  for (const args of COMMANDS) {
    const person = openTerminal([process.execPath, program, ...args], { columns: COLUMNS, env: environment() });
    onTestFinished(() => person.close());
    if (args[0] === 'unblock-pin') await converse(person, [{ question: 'all the same?', answer: 'y' }]);
    await person.waitFor('lyncauth: error: koffi, which a reader with a PIN pad needs, is not installed');
    await person.waitFor('lyncauth: hint: npm install -g koffi@3 (in a checkout: npm install)');
    expect(await person.exit()).toEqual({ code: 3, signal: null });
  }
  expect(calls()).toEqual([]);
  expect(lab.card.calls('C_GenerateKeyPair')).toEqual([]);
});

test.each([
  ['CKR_FUNCTION_CANCELED', 1, 'the entry on the reader was cancelled, or took too long (CKR_FUNCTION_CANCELED)'],
  ['CKR_PIN_INVALID', 2, 'the two entries of the new PIN differ, or the card does not accept it (CKR_PIN_INVALID)'],
])('a change that ends on the reader by %s ends the run, and the PIN is the old one', async (ckr, code, words) => {
  toPinPad(`fail C_SetPIN ${ckr}`);
  const person = atTerminal('change-pin');
  await person.waitFor(`lyncauth: error: PIN change failed: ${words}`);
  expect(await person.exit()).toEqual({ code, signal: null });
  expect(tryPin(lab.token, lab.token.pin)).toBe('CKR_OK');
});

test('Ctrl-C ends the run while the reader waits for a person', async () => {
  toPinPad('delay C_Login 60000');
  const person = atTerminal('change-pin', '--check');
  await person.waitFor('waiting for the PIN on the reader');
  person.write(CTRL_C);
  expect(shellCode(await person.exit())).toBe(130);
});

test('a reader that waits for ever ends by --timeout', async () => {
  toPinPad('delay C_Login 60000');
  const person = atTerminal('change-pin', '--check', '--timeout', '1');
  await person.waitFor('lyncauth: error: the driver did not return from C_Login on the PIN pad within 1 second');
  expect(await person.exit()).toEqual({ code: 3, signal: null });
});
