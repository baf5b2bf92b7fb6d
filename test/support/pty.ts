/** A terminal for tests: runs a command on a pseudo-terminal, types at it and reads its screen. Needs python3 (pty-bridge.py). */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { cleanEnvironment } from './cli.js';

export interface TerminalOptions {
  /** Added to the clean environment of cli.ts and TERM. */
  env?: Record<string, string | undefined>;
  columns?: number;
  rows?: number;
  cwd?: string;
}

export interface Terminal {
  /**
   * Waits until `text` has been printed, looking only at what came after the last match, and returns the match.
   * Escape sequences are left out of what is looked at. Throws, showing the screen, after `timeoutMs` (default 20000) or when the command ends.
   */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<string>;
  /** Types: '\r' is Enter, '\x03' Ctrl-C, '\x04' Ctrl-D. */
  write(text: string): void;
  /** Sends a signal to the command itself. */
  signal(name: NodeJS.Signals): void;
  /** Everything printed so far, without escape sequences. */
  screen(): string;
  /** Everything printed so far, as sent. */
  raw(): string;
  /** Waits for the command's end. */
  exit(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** After the end: whether the terminal was left as a shell wants it (ECHO and ICANON on). */
  echo(): boolean;
  /** Process id of the command. */
  pid(): Promise<number>;
  /** Ends the command, as closing the window does, unless it has ended. */
  close(): Promise<void>;
}

// Removed when the command ends; a test that does not wait for the end leaves its own to this.
const homes = new Set<string>();
process.once('exit', () => homes.forEach(removeHome));

function removeHome(dir: string): void {
  homes.delete(dir);
  rmSync(dir, { recursive: true, force: true });
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  echo: boolean;
  canonical: boolean;
}

/** Starts `command` on a terminal of 80 columns and 24 rows unless told otherwise (0 by 0 is a terminal of unknown size). */
export function openTerminal(command: string[], options: TerminalOptions = {}): Terminal {
  const { columns = 80, rows = 24, cwd } = options;
  const ownHome = options.env?.HOME === undefined ? mkdtempSync(join(tmpdir(), 'lyncauth-home-')) : undefined;
  if (ownHome !== undefined) homes.add(ownHome);
  const given = { ...cleanEnvironment(ownHome ?? ''), TERM: 'xterm-256color', ...options.env };
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

  const bridge = spawn('python3', [join(import.meta.dirname, 'pty-bridge.py')], { stdio: ['pipe', 'pipe', 'inherit', 'pipe', 'pipe'] });
  const [stdin, stdout, , reports, order] = bridge.stdio as [Writable, Readable, null, Readable, Writable];
  // Typing at a terminal whose command has ended is no error.
  stdin.on('error', () => {});
  order.end(JSON.stringify({ command, env, cwd, columns, rows }));

  let shown = '';
  let seen = 0;
  let end: End | undefined;
  let check = () => {};
  stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    check();
  });
  const lines = createInterface({ input: reports })[Symbol.asyncIterator]();
  const started = lines.next().then((first) => {
    if (first.done) throw new Error('pty-bridge.py did not start');
    return (JSON.parse(first.value) as { pid: number }).pid;
  });

  const ended = (async () => {
    await started;
    const last = await lines.next();
    await new Promise((resolve) => (stdout.readableEnded ? resolve(undefined) : stdout.once('end', resolve)));
    if (ownHome !== undefined) removeHome(ownHome);
    if (last.done) throw new Error('pty-bridge.py ended without a report');
    end = JSON.parse(last.value) as End;
    check();
    return { code: end.code, signal: end.signal };
  })();
  // Whoever waits for the end sees the failure; nobody has to.
  ended.catch(() => {});

  const screen = () => stripVTControlCharacters(shown);

  function find(text: string | RegExp): string | undefined {
    const rest = screen().slice(seen);
    const match = typeof text === 'string' ? { 0: text, index: rest.indexOf(text) } : text.exec(rest);
    if (match === null || match.index < 0) return undefined;
    seen += match.index + match[0].length;
    return match[0];
  }

  return {
    waitFor(text, timeoutMs = 20_000) {
      return new Promise((resolve, reject) => {
        const give = (settle: () => void) => {
          clearTimeout(timer);
          check = () => {};
          settle();
        };
        const fail = (why: string) => give(() => reject(new Error(`${why} while waiting for ${text}; the screen:\n${screen()}`)));
        const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
        check = () => {
          const found = find(text);
          if (found !== undefined) give(() => resolve(found));
          else if (end !== undefined) fail('the command ended');
        };
        check();
      });
    },
    write: (text) => void stdin.write(text),
    signal: (name) => void started.then((pid) => process.kill(pid, name)),
    screen,
    raw: () => shown,
    exit: () => ended,
    echo() {
      if (end === undefined) throw new Error('the command has not ended');
      return end.echo && end.canonical;
    },
    pid: () => started,
    async close() {
      stdin.end();
      await ended;
    },
  };
}
