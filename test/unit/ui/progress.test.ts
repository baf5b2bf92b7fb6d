import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../../support/cli.js';
import { openTerminal, type Terminal, type TerminalOptions } from '../../support/pty.js';
import { buildScript } from '../../support/script.js';

const SPINNING = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Making the key/;
let script: string;
let terminal: Terminal | undefined;

beforeAll(async () => {
  script = await buildScript('ui/steps.ts');
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
});

function show(scenario: string, options: TerminalOptions & { program?: object } = {}): Terminal {
  const { program = {}, env, ...size } = options;
  terminal = openTerminal([process.execPath, script, scenario], { ...size, env: { OPTIONS: JSON.stringify(program), ...env } });
  return terminal;
}

function run(scenario: string, program: object = {}) {
  return runCommand([process.execPath, script, scenario], { input: '\n\n', env: { OPTIONS: JSON.stringify(program) } });
}

describe('on a terminal', () => {
  test('a step turns until it is done, then leaves a tick', async () => {
    const screen = show('step');
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor('✔ Making the key');
    await screen.waitFor('a note');
    await screen.waitFor('warning: a warning');
    expect(await screen.exit()).toEqual({ code: 0, signal: null });
    expect(screen.raw()).not.toContain('\u001b[?25l');
  });

  test('a secret in it is not shown', async () => {
    const screen = show('secret');
    await screen.waitFor(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Making \*\*\*/);
    screen.write('\r');
    await screen.exit();
    expect(screen.raw()).not.toContain('of-the-steps');
  });

  test('a step that fails leaves a cross', async () => {
    const screen = show('fail');
    await screen.waitFor('✖ Making the key');
    await screen.exit();
  });

  test('an inner step turns in place of the outer one, which goes on after it', async () => {
    const screen = show('nested');
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor('✔ Making the key');
    await screen.waitFor(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Enrolling/);
    screen.write('\r');
    await screen.waitFor('✔ Enrolling');
    await screen.exit();
  });

  test('a note gets a line of its own, and the step turns on', async () => {
    const screen = show('talk');
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor(/a note\s*\r?\n/);
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor('✔ Making the key');
    await screen.exit();
  });

  test('a call that blocks the thread takes the spinner off the screen, and it comes back', async () => {
    const screen = show('resumes');
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor('called');
    expect(screen.raw().slice(0, screen.raw().indexOf('called'))).toMatch(/\r?\n?.*\[1G|\[2K|\[K/);
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor('✔ Making the key');
    await screen.exit();
  });

  test('the text of a slow call stands in the place of the spinner until the call is over', async () => {
    const until = join(mkdtempSync(join(tmpdir(), 'lyncauth-signs-')), 'signed');
    onTestFinished(() => rmSync(dirname(until), { recursive: true }));
    const screen = show('signs', { env: { UNTIL: until } });
    await screen.waitFor(SPINNING);
    screen.write('\r');
    await screen.waitFor('the card is signing');
    // the line was erased before it, and nothing has moved since
    expect(screen.raw().endsWith('\u001b[0Kthe card is signing')).toBe(true);
    writeFileSync(until, '');
    await screen.waitFor(SPINNING);
    expect(screen.raw()).toContain('the card is signing\r\u001b[K');
    screen.write('\r');
    await screen.waitFor('✔ Making the key');
    await screen.exit();
  });

  test('Ctrl-C while the thread is blocked ends the program', async () => {
    const screen = show('blocking');
    await screen.waitFor('blocked');
    screen.write('\u0003');
    expect(await screen.exit()).toEqual({ code: null, signal: 'SIGINT' });
    expect(screen.echo()).toBe(true);
  });

  test.each([
    ['0 columns', { columns: 0, rows: 0 }],
    ['TERM=dumb', { env: { TERM: 'dumb' } }],
    ['--json', { program: { json: true } }],
    ['NO_COLOR', { env: { NO_COLOR: '1' } }],
    ['--no-color', { program: { color: false } }],
  ])('with %s a step is a plain line', async (_, options) => {
    const screen = show('step', options);
    await screen.waitFor('Making the key');
    screen.write('\r');
    await screen.waitFor('warning: a warning');
    await screen.exit();
    expect(screen.raw()).not.toContain('\u001b');
  });
});

describe('elsewhere', () => {
  test('steps, notes and warnings are plain lines on standard error', async () => {
    const { stdout, stderr } = await run('step');
    expect([stdout, stderr]).toEqual(['', 'Making the key\na note\nwarning: a warning\n']);
  });

  test('with --json as well', async () => {
    expect((await run('step', { json: true })).stderr).toBe('Making the key\na note\nwarning: a warning\n');
  });

  test('what a server says may hold a secret, which is not shown', async () => {
    expect((await run('secret')).stderr).toBe('Making ***\nMaking ***\nwarning: Making ***\n');
    expect((await run('secret', { quiet: true })).stderr).toBe('warning: Making ***\n');
  });

  test('with --quiet only warnings are told', async () => {
    expect((await run('step', { quiet: true })).stderr).toBe('warning: a warning\n');
  });

  test('the text of a slow call is not told', async () => {
    for (const program of [{}, { json: true }, { quiet: true }]) {
      const { stderr } = await runCommand([process.execPath, script, 'signs'], {
        input: '\n\n',
        env: { OPTIONS: JSON.stringify(program), UNTIL: script },
      });
      expect(stderr).not.toContain('signing');
    }
  });

  test('what a person must do is told once, with --quiet too', async () => {
    for (const quiet of [false, true]) {
      expect((await run('forPerson', { quiet })).stderr).toBe('insert the card\n');
      expect((await run('noteForPerson', { quiet })).stderr).toBe('enter the PIN\n');
    }
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s has its default effect while the thread is blocked', async (signal) => {
  const child = spawn(process.execPath, [script, 'blocking'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([null, signal]);
});

test('after the call the listeners hear again', async () => {
  const child = spawn(process.execPath, [script, 'listens'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(String((await once(child.stdout, 'data'))[0])).toBe('heard SIGTERM\n');
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
