import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/cli.js';
import { openTerminal, type Terminal, type TerminalOptions } from '../../support/pty.js';
import { buildScript } from '../../support/script.js';

const PIN = '86420975';
const PIN_QUESTION = ['secret', { message: 'PIN of card "Alice"', flag: '--pin-file' }];
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 0, rows: 0 },
];
let script: string;
let dir: string;
let terminal: Terminal | undefined;

beforeAll(async () => {
  script = await buildScript('ui/ask.ts');
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-prompter-'));
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
  rmSync(dir, { recursive: true, force: true });
});

/** Asks `questions` on a terminal; `program` are the options of test/fixtures/ui/ask.ts. */
function ask(questions: unknown[], options: TerminalOptions & { program?: object } = {}): Terminal {
  const { program = {}, env, ...size } = options;
  const command = [process.execPath, script, JSON.stringify(questions)];
  terminal = openTerminal(command, { ...size, env: { ANSWERS: join(dir, 'answers'), OPTIONS: JSON.stringify(program), ...env } });
  return terminal;
}

function answers(): unknown {
  return JSON.parse(readFileSync(join(dir, 'answers'), 'utf8'));
}

describe.each(SIZES)('on a terminal of $columns columns', (size) => {
  test('a PIN is read without being shown, and the question is erased', async () => {
    const screen = ask([PIN_QUESTION], size);
    await screen.waitFor('PIN of card "Alice"');
    screen.write(`${PIN}\r`);
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(answers()).toEqual([PIN]);
    expect(screen.raw()).not.toContain(PIN);
    // Erased: the line is cleared after its last appearance.
    expect(screen.raw().slice(screen.raw().lastIndexOf('Alice'))).toContain('\u001b[2K');
    expect(screen.echo()).toBe(true);
  });

  test('text, confirmation and choice are asked one after the other', async () => {
    const screen = ask(
      [
        ['text', { message: 'CA address', flag: '--ca URL' }],
        ['confirm', { message: 'Install it?', flag: '--yes', default: false }],
        [
          'select',
          {
            message: 'Template',
            flag: '--template NAME',
            choices: [
              { value: { n: 1 }, label: 'One' },
              { value: { n: 2 }, label: 'Two' },
            ],
          },
        ],
      ],
      size,
    );
    await screen.waitFor('CA address');
    screen.write(' https://ca.example.com \r');
    await screen.waitFor('Install it?');
    screen.write('y\r');
    await screen.waitFor('Two');
    screen.write('\u001b[B\r');
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(answers()).toEqual(['https://ca.example.com', true, { n: 2 }]);
    expect(screen.echo()).toBe(true);
  });

  test('Ctrl-C at the PIN is an interruption, and leaves the terminal as it was', async () => {
    const screen = ask([PIN_QUESTION], size);
    await screen.waitFor('PIN of card');
    screen.write('12\u0003');
    expect(await screen.exit()).toEqual({ code: 130, signal: null });
    expect(screen.screen()).toContain('"code":"INTERRUPTED"');
    expect(screen.echo()).toBe(true);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s at the PIN ends the program by that signal, and leaves the terminal as it was',
    async (signal) => {
      const screen = ask([PIN_QUESTION], { ...size, program: { listen: true } });
      await screen.waitFor('PIN of card');
      screen.signal(signal);
      expect(await screen.exit()).toEqual({ code: null, signal });
      expect(screen.echo()).toBe(true);
    },
  );
});

test.each([
  ['text', { message: 'CA address', flag: '--ca URL' }],
  ['confirm', { message: 'Install it?', flag: '--yes', default: true }],
  ['select', { message: 'Template', flag: '--template NAME', choices: [{ value: 1, label: 'One' }] }],
])('Ctrl-C and SIGTERM at a %s question leave the terminal as it was', async (method, question) => {
  const typed = ask([[method, question]]);
  await typed.waitFor(question.message);
  typed.write('\u0003');
  expect(await typed.exit()).toEqual({ code: 130, signal: null });
  const sent = ask([[method, question]]);
  await sent.waitFor(question.message);
  sent.signal('SIGTERM');
  expect(await sent.exit()).toEqual({ code: null, signal: 'SIGTERM' });
  expect([typed.echo(), sent.echo()]).toEqual([true, true]);
  // The list hides the cursor; it must be back.
  expect(sent.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(sent.raw().lastIndexOf('\u001b[?25l'));
});

test('Ctrl-D instead of an answer is an answer that is missing', async () => {
  const screen = ask([PIN_QUESTION]);
  await screen.waitFor('PIN of card');
  screen.write('\u0004');
  expect(await screen.exit()).toEqual({ code: 2, signal: null });
  expect(screen.screen()).toContain(
    '{"code":"INPUT_REQUIRED","message":"the PIN of card \\"Alice\\" is needed","hint":"give --pin-file FILE"}',
  );
  expect(screen.echo()).toBe(true);
});

test('what is piped to standard input is not taken for a PIN', async () => {
  const command = ['sh', '-c', 'printf "99999999\\n" | "$@" > "$OUT"', 'sh', process.execPath, script, JSON.stringify([PIN_QUESTION])];
  terminal = openTerminal(command, { env: { ANSWERS: join(dir, 'answers'), OUT: join(dir, 'out') } });
  await terminal.waitFor('PIN of card');
  terminal.write(`${PIN}\r`);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(answers()).toEqual([PIN]);
  expect(readFileSync(join(dir, 'out'), 'utf8')).toBe('finished\n');
});

test('without a controlling terminal, standard input and error are asked at if both are one', async () => {
  const again = ['secret', { message: 'new PIN again', flag: '--new-pin-file' }];
  const command = ['setsid', '--wait', process.execPath, script, JSON.stringify([PIN_QUESTION, again])];
  terminal = openTerminal(command, { env: { ANSWERS: join(dir, 'answers') } });
  await terminal.waitFor('PIN of card');
  terminal.write(`${PIN}\r`);
  await terminal.waitFor('New PIN again');
  terminal.write('second\r');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(answers()).toEqual([PIN, 'second']);
  expect(terminal.echo()).toBe(true);
});

test('Ctrl-T does not show what was typed', async () => {
  const screen = ask([PIN_QUESTION]);
  await screen.waitFor('PIN of card');
  screen.write(`${PIN}\u0014`);
  await screen.waitFor('********');
  screen.write('\r');
  await screen.exit();
  expect(screen.raw()).not.toContain(PIN);
});

test('an empty PIN is asked for again', async () => {
  const screen = ask([PIN_QUESTION]);
  await screen.waitFor('PIN of card');
  screen.write('\r');
  await screen.waitFor('nothing was entered');
  screen.write(`${PIN}\r`);
  await screen.exit();
  expect(answers()).toEqual([PIN]);
});

describe('what is typed while the program is busy', () => {
  /** The question comes only after `typed` has reached the terminal, which shows it. */
  async function typedAhead(typed: string, question: unknown, options: TerminalOptions = {}): Promise<Terminal> {
    const until = join(dir, 'until');
    const screen = ask([question], { ...options, program: { until } });
    await screen.waitFor('busy');
    screen.write(typed);
    for (const line of typed.split('\r')) await screen.waitFor(line);
    writeFileSync(until, '');
    return screen;
  }

  test.each(['stray\r', 'first\rsecond\r', 'no end'])('is not taken for a PIN: %j', async (typed) => {
    const screen = await typedAhead(typed, PIN_QUESTION);
    await screen.waitFor('PIN of card');
    screen.write(`${PIN}\r`);
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(answers()).toEqual([PIN]);
    expect(screen.echo()).toBe(true);
  });

  test('is no answer to what needs consent', async () => {
    const screen = await typedAhead('y\r', ['confirm', { message: 'Install it?', flag: '--yes', default: false }]);
    await screen.waitFor('Install it?');
    screen.write('\r');
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(answers()).toEqual([false]);
  });

  test('is no choice', async () => {
    const choices = [1, 2].map((value) => ({ value, label: `Card ${value}` }));
    const screen = await typedAhead('2\r', ['select', { message: 'Which card?', flag: '--card', choices }]);
    await screen.waitFor('Card 2');
    screen.write('\r');
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(answers()).toEqual([1]);
  });

  test('answers what is no secret and no consent', async () => {
    const screen = await typedAhead('https://ca.example.com\r', ['text', { message: 'CA address', flag: '--ca URL' }]);
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(answers()).toEqual(['https://ca.example.com']);
  });
});

test('a note stands under the question', async () => {
  const screen = ask([['secret', { message: 'PIN', flag: '--pin-file', note: 'Many cards come with 12345678.' }]]);
  await screen.waitFor(/PIN\r?\n\s+Many cards come with 12345678\./);
  screen.write(`${PIN}\r`);
  expect(await screen.exit()).toEqual({ code: 0, signal: null });
});

test('control characters of a card do not reach the screen', async () => {
  const screen = ask([['secret', { message: 'PIN of card "A\u001b]0;x\u0007\u202eB"', flag: '--pin-file' }]]);
  await screen.waitFor('PIN of card "AB"');
  screen.write('\u0003');
  await screen.exit();
  expect(screen.raw()).not.toContain('\u001b]0;');
});

test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('with %j there is no colour', async (env) => {
  const screen = ask([PIN_QUESTION], { env });
  await screen.waitFor('PIN of card');
  screen.write(`${PIN}\r`);
  await screen.exit();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  expect(screen.raw()).not.toMatch(/\u001b\[[\d;]*m/);
});

test('a spinner stands aside while somebody is asked', async () => {
  const screen = ask([PIN_QUESTION], { program: { step: true } });
  await screen.waitFor('PIN of card');
  screen.write(`${PIN}\r`);
  await screen.waitFor('✔ Working');
  expect(await screen.exit()).toEqual({ code: 0, signal: null });
});

test('nobody is asked at a terminal that was opened for nothing: the program ends by itself', async () => {
  const screen = ask([]);
  expect(await screen.exit()).toEqual({ code: 0, signal: null });
});

test.each([
  [['text', { message: 'CA address', flag: '--ca URL' }], 'the CA address is needed', 'give --ca URL'],
  [['text', { message: 'Domain account:', flag: '--user NAME' }], 'the domain account is needed', 'give --user NAME'],
  [['confirm', { message: 'Install it?', flag: '--yes', default: true }], 'an answer is needed: Install it?', 'give --yes'],
  [['select', { message: 'Template', flag: '--template NAME', choices: [] }], 'the template is needed', 'give --template NAME'],
  [PIN_QUESTION, 'the PIN of card "Alice" is needed', 'give --pin-file FILE'],
])('with nobody to ask, %j names the flag', async (question, message, hint) => {
  const run = await runCommand([process.execPath, script, JSON.stringify([question])], { input: `${PIN}\n` });
  expect(run.json()).toEqual({ code: 'INPUT_REQUIRED', message, hint });
  expect([run.code, run.stderr]).toEqual([2, '']);
});

test('--no-input asks nothing, though there is a terminal', async () => {
  const screen = ask([PIN_QUESTION], { program: { interactive: false } });
  expect(await screen.exit()).toEqual({ code: 2, signal: null });
  expect(screen.screen()).toContain('INPUT_REQUIRED');
});
