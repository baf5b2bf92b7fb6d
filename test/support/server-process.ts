/** A server program for a test: our own child in the foreground, with a folder and ports of its own, ended by its process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerIdentity } from './loopback-https.js';

const TRIES = 5;
const CLASH = /Address already in use/;

export interface ServerProgram {
  /** For its folder, which it is started in. */
  name: string;
  /** What shows that it listens on 127.0.0.1: the name of a file that it makes then in its folder, or what it prints. */
  ready: string | RegExp;
  /** How many ports it needs, one after the other; 1 unless given. */
  ports?: number;
  /** Program and arguments for this (first) port; writes the configuration. */
  command(port: number, dir: string): readonly string[];
}

export interface ServerProcess {
  /** Removed by stop(). */
  dir: string;
  port: number;
  /** What it printed so far, on both outputs. */
  output(): string;
  /** Ends the program as a power cut does; folder and port stay its own. */
  halt(): Promise<void>;
  /** Starts it again after halt(). */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** For a program that takes them from its folder, as `server.pem` and `server.key`. */
export function writeServerIdentity(dir: string, { certificate, key }: ServerIdentity): void {
  writeFileSync(join(dir, 'server.pem'), certificate, { mode: 0o600 });
  writeFileSync(join(dir, 'server.key'), key, { mode: 0o600 });
}

/** Starts the program and waits until it listens; when somebody else takes the port meanwhile, on another one. */
export async function startProcess(program: ServerProgram): Promise<ServerProcess> {
  const dir = mkdtempSync(join(tmpdir(), `lyncauth-${program.name}-`));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  try {
    for (let tries = 1; ; tries += 1) {
      const port = await freePorts(program.ports ?? 1);
      const started = await start(program, port, dir);
      if (started.listens) return running(program, started, { dir, port, remove });
      if (tries === TRIES || !CLASH.test(started.log())) throw notStarted(program, started.log());
    }
  } catch (error) {
    remove();
    throw error;
  }
}

function running(
  program: ServerProgram,
  first: { child: ChildProcess; log: () => string },
  { dir, port, remove }: { dir: string; port: number; remove: () => void },
): ServerProcess {
  let { child, log } = first;
  return {
    dir,
    port,
    output: () => log(),
    halt: () => end(child),
    async resume() {
      if (typeof program.ready === 'string') rmSync(join(dir, program.ready), { force: true });
      const again = await start(program, port, dir);
      if (!again.listens) throw notStarted(program, again.log());
      ({ child, log } = again);
    },
    stop: () => end(child).then(remove),
  };
}

function notStarted({ name }: ServerProgram, log: string): Error {
  return new Error(`${name} did not start; if it is missing, run scripts/system-packages.sh: ${log}`);
}

async function start({ ready, command }: ServerProgram, port: number, dir: string) {
  const [file = '', ...args] = command(port, dir);
  // Begun before the program: some have made their pid file when spawn() returns.
  const watcher = watch(dir);
  const appeared = new Promise<true>((resolve) => watcher.on('change', (_event, name) => name === ready && resolve(true)));
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: dir });
  const output: string[] = [];
  const printed = new Promise<true>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output.push(text);
        if (ready instanceof RegExp && ready.test(output.join(''))) resolve(true);
      });
    }
  });
  const ended = once(child, 'close').then(
    () => false,
    () => false,
  );
  const listens = await Promise.race([appeared, printed, ended]);
  watcher.close();
  return { child, log: () => output.join(''), listens };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // Nothing that it keeps is read again, and an orderly end takes some programs half a second.
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The first of `count` neighbouring ports that nobody listens on now. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const port = await occupied(0, count).catch(() => undefined);
    if (port !== undefined) return port;
  }
}

/** Holds `count` ports from `first` on for a moment; fails when one of them is taken. @param first 0 for any */
async function occupied(first: number, count: number): Promise<number> {
  const server = createServer().listen(first, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    if (count > 1) await occupied(port + 1, count - 1);
    return port;
  } finally {
    server.close();
    await once(server, 'close');
  }
}
