/** `lyncauth lab run` as a user starts it: it ends as its command does, by signals too, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment, program, runCli } from '../support/cli.js';
import { openTerminal } from '../support/pty.js';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lyncauth-lab-e2e-'));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

describe('lab run', () => {
  it('has lyncauth itself on PATH, passes flags after -- on, and prints nothing of its own on standard output', async () => {
    const direct = await runCli(['--version']);
    const inside = await runCli(['lab', 'run', '--', 'lyncauth', '--version']);

    expect(inside).toMatchObject({ code: 0, stdout: direct.stdout });
    expect(inside.stderr).toMatch(/^practice organisation at https:\/\/localhost:\d+ \(not a real CA/);
  });

  it('with --json too leaves standard output to its command', async () => {
    const inside = await runCli(['lab', 'run', '--json', '--', 'lyncauth', 'cards', '--json']);

    expect(inside.json()).toMatchObject({ ok: true, command: 'cards' });
  });

  it('lets enroll and sign in without a flag for the servers, what they may be trusted with, or a secret', async () => {
    const story = 'lyncauth enroll --no-input --yes >&2 && exec lyncauth sign-in alice@lab.test --json --no-input';
    const inside = await runCli(['lab', 'run', '--', 'sh', '-c', story]);

    expect(inside.code, inside.stderr).toBe(0);
    expect(inside.json()).toMatchObject({ ok: true, command: 'sign-in', result: { signedIn: true, method: 'passive' } });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends by %s when its command does, and removes its directory', async (signal, code) => {
    const lab = spawn(process.execPath, [program, 'lab', 'run', '--', 'sh', '-c', 'echo "$LYNCAUTH_LAB_DIR"; exec sleep 60'], {
      env: cleanEnvironment(home),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [dir] = (await once(lab.stdout, 'data')) as [Buffer];
    lab.kill(signal);

    expect(await once(lab, 'exit')).toEqual([code, null]);
    expect(existsSync(String(dir).trim())).toBe(false);
  });

  it('leaves Ctrl-C to the command, which hears it once', async () => {
    // A trap interrupts wait, so that nothing has to be looked at again and again.
    const script = 'sleep 60 & trap "echo heard; kill $!" INT; echo ready; wait; exit 46';
    const terminal = openTerminal([process.execPath, program, 'lab', 'run', '--', 'sh', '-c', script], { env: { HOME: home } });
    await terminal.waitFor('ready');
    terminal.write('\x03');

    expect(await terminal.exit()).toEqual({ code: 46, signal: null });
    expect(terminal.screen().match(/heard/g)).toHaveLength(1);
  });
});
