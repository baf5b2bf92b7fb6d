import { afterEach, expect, test } from 'vitest';
import { CTRL_D, converse, DEFAULT_PIN, enrollmentDialog, NEW_PIN, openProgram, PASSWORD, unanswered } from '../support/dialog.js';
import { type LabOptions, startLab, type TestLab } from '../support/lab.js';
import type { Terminal, TerminalOptions } from '../support/pty.js';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 0, rows: 0 },
];
let lab: TestLab;
let terminal: Terminal;

afterEach(() => lab.stop());

async function enrollAtTerminal(options: LabOptions, known: string[] = [], size: TerminalOptions = {}): Promise<Terminal> {
  lab = await startLab(options);
  terminal = openProgram(['enroll'], { ...size, env: unanswered(lab, known) });
  return terminal;
}

test.each(SIZES)('a person is led through the whole enrollment on a terminal of $columns columns', async (size) => {
  await enrollAtTerminal({ pin: DEFAULT_PIN, faultModule: true }, [], size);
  const dialog = enrollmentDialog(lab);
  await converse(terminal, dialog.slice(0, 6));
  await terminal.waitFor('PIN of card "Test card"');
  await terminal.waitFor('Unless support gave you another one, the PIN of a new card is 12345678.');
  terminal.write(`${DEFAULT_PIN}\r`);
  await converse(terminal, dialog.slice(7, -1));
  await terminal.waitFor(/subject {9}.*CN=Alice Example/);
  await terminal.waitFor(/user {12}alice@lab\.test/);
  await terminal.waitFor(/issuer {10}CN=lyncauth practice organisation root/);
  await terminal.waitFor(/valid {11}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d/);
  await terminal.waitFor('e-mail protection, client authentication, smart card logon');
  await terminal.waitFor(/strong mapping {2}yes/);
  await converse(terminal, dialog.slice(-1));
  await terminal.waitFor('card "Test card" is enrolled for alice@lab.test');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(terminal.echo()).toBe(true);
  for (const secret of [PASSWORD, NEW_PIN]) expect(terminal.raw()).not.toContain(secret);
  expect(lab.card.log().filter((line) => /^C_(Login|Logout|SetPIN)/.test(line))).toEqual([
    'C_Login 0x0 user',
    'C_Logout 0x0',
    'C_SetPIN 0x0',
    'C_Login 0x0 user',
  ]);
  expect(lab.journal()).toEqual([]);
  const [{ token }] = (await lab.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
  expect(token.certificates).toMatchObject([{ upn: 'alice@lab.test', label: 'Alice at work', keyId: token.keys[0].id }]);
  expect(token.keys).toMatchObject([{ label: 'Alice at work', type: 'rsa2048' }]);
});

test('a certificate that the person does not accept is not installed, and its key is removed', async () => {
  lab = await startLab();
  // What is decided about is part of the question: --quiet does not hide it.
  terminal = openProgram(['enroll', '--quiet'], { env: unanswered(lab, ['CA', 'USER', 'CARD', 'PASSWORD_FILE', 'PIN_FILE']) });
  await converse(terminal, [
    { question: 'Certificate template', answer: '\u001b[B' },
    { question: 'Hash algorithm', answer: '' },
    { question: 'Friendly name', answer: '' },
  ]);
  await terminal.waitFor('Is this your certificate?');
  await terminal.waitFor(/user {12}alice@lab\.test/);
  await converse(terminal, [{ question: 'Install it?', answer: 'n' }]);
  await terminal.waitFor('the certificate for alice@lab.test was not accepted, so it was not installed');
  expect(await terminal.exit()).toEqual({ code: 1, signal: null });
  expect(lab.log()).toMatchObject(expect.arrayContaining([expect.objectContaining({ template: 'SmartcardLogon' })]));
  const [{ token }] = (await lab.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
  expect([token.keys, token.certificates, lab.journal()]).toEqual([[], [], []]);
});

test('a key that is on the card is offered, and used when it is chosen', async () => {
  await enrollAtTerminal({}, ['CA', 'USER', 'CARD', 'PASSWORD_FILE', 'PIN_FILE']);
  await terminal.close();
  await lab.enroll(['--template', 'SmartcardLogon', '--name', 'First']);
  terminal = openProgram(['enroll', '--replace', '--name', 'Second'], {
    env: unanswered(lab, ['CA', 'USER', 'CARD', 'PASSWORD_FILE', 'PIN_FILE']),
  });
  await converse(terminal, [{ question: 'Certificate template', answer: '' }]);
  await terminal.waitFor('Key set');
  await terminal.waitFor(/use the key "First" \(rsa2048, id [0-9a-f]{32}\)/);
  terminal.write('\u001b[B\r');
  await converse(terminal, [
    { question: 'Hash algorithm', answer: '' },
    { question: 'Install it?', answer: '' },
  ]);
  await terminal.waitFor('the old certificate is saved in');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  const [{ token }] = (await lab.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
  expect([token.keys.length, token.certificates.length]).toEqual([1, 1]);
});

test.each(SIZES)('a card that is not there is waited for on a terminal of $columns columns', async (size) => {
  lab = await startLab({ faultModule: true });
  lab.card.rules(['card absent']);
  terminal = openProgram(['enroll'], { ...size, env: unanswered(lab, ['CA', 'USER', 'CARD', 'PASSWORD_FILE']) });
  await terminal.waitFor('insert your smart card');
  lab.card.rules([]);
  await converse(terminal, [
    { question: 'Certificate template', answer: '' },
    { question: 'Hash algorithm', answer: '' },
    { question: 'Friendly name', answer: '' },
    { question: 'PIN of card "Test card"', answer: lab.token.pin },
    { question: 'Install it?', answer: '' },
  ]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
});

test('Ctrl-D is a missing answer: the error names the flag', async () => {
  await enrollAtTerminal({});
  await terminal.waitFor('Address of the CA');
  terminal.write(CTRL_D);
  await terminal.waitFor(/lyncauth: error: .* is needed\s+lyncauth: hint: give --ca/);
  expect(await terminal.exit()).toEqual({ code: 2, signal: null });
  expect(terminal.echo()).toBe(true);
  terminal = openProgram(['enroll', '--template', 'SmartcardUser', '--hash', 'sha256', '--name', 'x'], {
    env: unanswered(lab, ['CA', 'USER', 'CARD', 'PASSWORD_FILE']),
  });
  await terminal.waitFor('PIN of card');
  terminal.write(CTRL_D);
  await terminal.waitFor('lyncauth: error: the PIN of card "Test card" is needed');
  await terminal.waitFor('lyncauth: hint: give --pin-file FILE');
  expect(await terminal.exit()).toEqual({ code: 2, signal: null });
  expect(terminal.echo()).toBe(true);
});

test('a person is asked for the driver that is not found, by the path of its library', async () => {
  lab = await startLab({ faultModule: true });
  const { LYNCAUTH_MODULE, ...env } = lab.env;
  terminal = openProgram(['cards', '--driver', 'safenet'], { env });
  await terminal.waitFor('no PKCS#11 module of SafeNet Authentication Client was found');
  await converse(terminal, [{ question: 'Manufacturer on the card, or the path of its driver library', answer: LYNCAUTH_MODULE ?? '' }]);
  await terminal.waitFor(/: Test card/);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
});
