import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  CTRL_C,
  converse,
  DEFAULT_PIN,
  type Exchange,
  enrollmentDialog,
  NEW_PIN,
  openProgram,
  shellCode,
  unanswered,
} from '../support/dialog.js';
import { startLab, type TestLab } from '../support/lab.js';
import type { Terminal } from '../support/pty.js';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 0, rows: 0 },
];
const ENDINGS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;
const QUESTIONS = [
  'the address of the CA',
  'the account',
  'the password',
  'the template',
  'the hash',
  'the friendly name',
  'the PIN',
  'changing the PIN',
  'the new PIN',
  'the new PIN again',
];
let lab: TestLab;

async function cardContent(): Promise<unknown> {
  const [{ token }] = (await lab.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
  return { keys: token.keys.length, certificates: token.certificates.length };
}

async function interrupt(exchanges: Exchange[], size = SIZES[0]): Promise<void> {
  const terminal = openProgram(['enroll'], { ...size, env: unanswered(lab) });
  await converse(terminal, exchanges.slice(0, -1));
  await terminal.waitFor(exchanges.at(-1)?.question ?? '');
  terminal.write(CTRL_C);
  expect(shellCode(await terminal.exit())).toBe(130);
  expect(terminal.echo()).toBe(true);
  // A list hides the cursor; it must be back.
  const raw = terminal.raw();
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\u001b[?25l'));
}

describe('before the card is written to', () => {
  beforeAll(async () => {
    lab = await startLab({ pin: DEFAULT_PIN, faultModule: true });
  });
  afterEach(async () => {
    expect(lab.card.calls('C_SetPIN')).toEqual([]);
    // A killed run may leave its plan, which binds nobody.
    expect(lab.journal().filter((record) => record.step !== 'planned')).toEqual([]);
    expect(lab.submissions()).toBe(0);
  });
  afterAll(async () => {
    expect(await cardContent()).toEqual({ keys: 0, certificates: 0 });
    await lab.stop();
  });

  test.each(QUESTIONS.map((name, index) => [name, index] as const))(
    'Ctrl-C at the question for %s ends with 130 and changes nothing',
    async (_name, index) => {
      await interrupt(enrollmentDialog(lab).slice(0, index + 1));
      expect(lab.card.calls('C_Login')).toEqual([]);
    },
  );

  test.each([
    ['the password', 3],
    ['the template', 4],
  ] as const)('the same for %s on a terminal of 0 columns', async (_name, count) => {
    await interrupt(enrollmentDialog(lab).slice(0, count), SIZES[1]);
  });

  test.each(ENDINGS.slice(1))('%s at the question for the PIN ends as a shell knows it: %i', async (signal, code) => {
    const terminal = openProgram(['enroll'], { env: unanswered(lab) });
    await converse(terminal, enrollmentDialog(lab).slice(0, 6));
    await terminal.waitFor('PIN of card');
    terminal.signal(signal);
    expect(shellCode(await terminal.exit())).toBe(code);
    expect(terminal.echo()).toBe(true);
  });

  test('Ctrl-C while a card is waited for ends with 130', async () => {
    lab.card.rules(['card absent']);
    const terminal = openProgram(['enroll'], { env: unanswered(lab, ['CA', 'CARD']) });
    await terminal.waitFor('insert your smart card');
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
    expect(terminal.echo()).toBe(true);
    lab.card.rules([]);
  });

  test.each(ENDINGS)('%s while the card is busy with the PIN ends the program at once: %i', async (signal, code) => {
    lab.card.rules(['delay C_Login 60000']);
    const known = ['CA', 'USER', 'CARD', 'PASSWORD_FILE'];
    const answers = ['--template', 'SmartcardUser', '--hash', 'sha256', '--name', 'x', '--pin-change', 'never'];
    const terminal = openProgram(['enroll', '--trace', ...answers], { env: unanswered(lab, known) });
    await converse(terminal, [{ question: 'PIN of card', answer: DEFAULT_PIN }]);
    await terminal.waitFor('trace: card: login');
    if (signal === 'SIGINT') terminal.write(CTRL_C);
    else terminal.signal(signal);
    expect(shellCode(await terminal.exit())).toBe(code);
    expect(terminal.echo()).toBe(true);
    expect(lab.card.calls('C_Login')).toEqual([]);
    lab.card.rules([]);
  });
});

describe('after the card was written to', () => {
  afterEach(() => lab.stop());

  async function start(options: { rules?: string[]; faults?: string[] } = {}): Promise<Terminal> {
    lab = await startLab({ faultModule: true });
    lab.card.rules(options.rules ?? []);
    lab.faults(...(options.faults ?? []));
    const answers = ['--template', 'SmartcardUser', '--hash', 'sha256', '--name', 'x'];
    return openProgram(['enroll', ...answers], { env: unanswered(lab, ['CA', 'USER', 'UPN', 'CARD', 'PASSWORD_FILE', 'PIN_FILE']) });
  }

  test('Ctrl-C at the question whether to install leaves an enrollment that the next run finishes, with the new PIN', async () => {
    lab = await startLab({ pin: DEFAULT_PIN, faultModule: true });
    const dialog = enrollmentDialog(lab);
    await interrupt(dialog);
    expect(await cardContent()).toEqual({ keys: 1, certificates: 0 });
    const terminal = openProgram(['enroll'], { env: unanswered(lab) });
    await converse(terminal, dialog.slice(0, 3));
    await terminal.waitFor(/going on with the enrollment begun \S+, at the step "issued"/);
    await converse(terminal, [{ question: 'PIN of card "Test card"', answer: NEW_PIN }, ...dialog.slice(-1)]);
    await terminal.waitFor('is enrolled for alice@lab.test');
    expect(await terminal.exit()).toEqual({ code: 0, signal: null });
    expect([await cardContent(), lab.submissions(), lab.journal()]).toEqual([{ keys: 1, certificates: 1 }, 1, []]);
  });

  test('Ctrl-C while the card makes a key ends with 130; the next run leaves one key', async () => {
    const terminal = await start({ rules: ['delay C_GenerateKeyPair 60000'] });
    await terminal.waitFor('the card makes a new key pair');
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
    expect(terminal.echo()).toBe(true);
    expect(lab.journal()).toMatchObject([{ step: 'making-key' }]);
    lab.card.rules([]);
    expect((await lab.enroll()).json().result).toMatchObject({ status: 'issued' });
    expect([await cardContent(), lab.submissions(), lab.journal()]).toEqual([{ keys: 1, certificates: 1 }, 1, []]);
  });

  test('Ctrl-C while the CA decides ends with 130; the request is not sent again by itself', async () => {
    const terminal = await start({ faults: ['slow=60000@submit'] });
    await terminal.waitFor('to decide');
    await untilSubmitted();
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
    expect(terminal.echo()).toBe(true);
    lab.faults();
    const second = await lab.enroll();
    expect([second.code, second.json().error.code, lab.submissions()]).toEqual([9, 'SUBMISSION_UNKNOWN', 1]);
    expect((await lab.enroll(['--resume', '83'])).json().result).toMatchObject({ status: 'issued', requestId: '83' });
    expect([await cardContent(), lab.submissions(), lab.journal()]).toEqual([{ keys: 1, certificates: 1 }, 1, []]);
  });

  /** Until the CA has taken the request. */
  async function untilSubmitted(): Promise<void> {
    while (lab.submissions() === 0) await new Promise((resolve) => setImmediate(resolve));
  }
});
