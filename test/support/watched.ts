/** Runs the program as runCli() does, and looks on: what other users of the computer see of its processes in /proc. Linux only. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { program } from './cli.js';

export interface WatchedRun {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Command lines and environments of the program and its children, each time that it printed something. */
  processes: string;
}

export function runWatched(args: string[], options: { env: Record<string, string>; input?: string }): Promise<WatchedRun> {
  const child = spawn(process.execPath, [program, ...args], { env: options.env, detached: true, stdio: 'pipe' });
  const run: WatchedRun = { code: null, stdout: '', stderr: '', processes: '' };
  const seen = new Set<string>();
  const look = () => {
    for (const text of child.pid === undefined ? [] : inspect(child.pid)) seen.add(text);
  };
  child.on('spawn', look);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text;
    look();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...run, code, processes: [...seen].join('\n') }));
  });
}

/** A process that ends meanwhile has nothing more to show. */
function inspect(pid: number): string[] {
  try {
    const own = ['cmdline', 'environ'].map((name) => `${name} ${readFileSync(`/proc/${pid}/${name}`, 'latin1')}`);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return [...own, ...children.flatMap((child) => inspect(Number(child)))];
  } catch {
    return [];
  }
}
