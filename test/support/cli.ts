/** Runs the built program as a user would, in an environment that holds nothing of the tester's own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const program: string = join(import.meta.dirname, '../../bin/lyncauth.js');

export interface CliOptions {
  /** Added to the clean environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** Written to standard input, which is closed after it; without it standard input is empty. */
  input?: string;
  /** After this time the program is killed and the run fails. Milliseconds, default 30000. */
  timeoutMs?: number;
  cwd?: string;
}

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Standard output as JSON. Throws, showing both outputs, when it is not one JSON value. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read many shapes and say which by asserting
  json(): any;
}

/**
 * The environment of a new user: own HOME and XDG folders below `home`, PATH and the temp folder of the tester, and nothing else
 * (no LYNCAUTH_*, no SOFTHSM2_CONF, no proxy, no terminal settings).
 */
export function cleanEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    TMPDIR: tmpdir(),
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_CACHE_HOME: join(home, '.cache'),
  };
}

/** Runs `lyncauth ARGS`, without a controlling terminal. A home folder is made for the run unless `env` brings its own HOME. */
export async function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  return runCommand([process.execPath, program, ...args], options);
}

/** Runs any command the same way as runCli(). */
export async function runCommand(command: string[], options: CliOptions = {}): Promise<CliResult> {
  const given = options.env?.HOME;
  const home = given ?? mkdtempSync(join(tmpdir(), 'lyncauth-home-'));
  try {
    return await run(command, { ...cleanEnvironment(home), ...options.env }, options);
  } finally {
    if (given === undefined) rmSync(home, { recursive: true, force: true });
  }
}

function run(command: string[], env: Record<string, string | undefined>, options: CliOptions): Promise<CliResult> {
  const { input = '', timeoutMs = 30_000, cwd } = options;
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    // A session of its own has no controlling terminal, whatever the tester's shell has.
    const child = spawn(file, args, { env, cwd, detached: true, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    // A program that does not read its input closes it early.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${command.join(' ')} ran longer than ${timeoutMs} ms\n${output.stdout}\n${output.stderr}`));
      else resolve({ code, signal, ...output, json: () => parse(output) });
    });
  });
}

function parse(output: { stdout: string; stderr: string }): unknown {
  try {
    return JSON.parse(output.stdout);
  } catch (cause) {
    throw new Error(`standard output is not JSON: ${output.stdout}\nstandard error: ${output.stderr}`, { cause });
  }
}
