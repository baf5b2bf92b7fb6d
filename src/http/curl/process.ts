/** A running curl: what it is given and what comes out of it. Understands none of it. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { curlMissing, type Environment } from './program.js';

/** How a run of curl ended. */
export interface CurlEnd {
  /** Null when a signal ended it. */
  code: number | null;
  stderr: string;
}

export interface CurlProcess {
  stdout: Readable;
  /** Once all that curl printed was read. Rejects with ADDON_MISSING when it did not start. */
  ended: Promise<CurlEnd>;
  /** At once, even out of a driver's call. */
  kill(): void;
}

/** What a PKCS#11 module started may hold on to curl's outputs after curl has ended. */
const DRAIN_MS = 1000;
const MAX_STDERR_CHARACTERS = 64 * 1024;

/** Starts curl with this configuration on its standard input: arguments and environment can be read by other processes, that cannot. */
export function startCurl(config: Buffer, env: Environment): CurlProcess {
  // In a session of its own it has no terminal: no library asks there for a PIN. Signals that end us do not reach it, so we have to end it.
  const child = spawn('curl', ['-q', '-K', '-'], { env, stdio: 'pipe', detached: true, windowsHide: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR_CHARACTERS);
  });
  const ended = new Promise<CurlEnd>((resolve, reject) => {
    let drain: NodeJS.Timeout | undefined;
    child.once('error', (error) => reject(curlMissing(error)));
    child.once('exit', () => {
      drain = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS);
    });
    child.once('close', (code) => {
      clearTimeout(drain);
      resolve({ code, stderr });
    });
  });
  child.stdin.on('error', () => {}).end(config); // curl says itself why it read no further
  return { stdout: child.stdout, ended, kill: () => child.kill('SIGKILL') };
}
