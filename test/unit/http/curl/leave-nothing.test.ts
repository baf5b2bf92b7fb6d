/** Nothing of a request through curl outlives the program: no process, which would hold card and PIN, and no file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { leavingNothing } from '../../../../src/http/curl/leave-nothing.js';
import { until } from '../../../support/interrupt.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { buildScript } from '../../../support/script.js';
import { softwareIdentity } from '../../../support/software-identity.js';

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const;
let script: string;

beforeAll(async () => {
  script = await buildScript('http/curl-request.ts');
});

/** A curl that can do everything, and then never ends: it writes its process id to the file `pid` beside it. */
const SLOW_CURL = `#!/bin/sh
case "$*" in
  *-V*) echo 'curl 8.0.1 (x) libcurl/8.0.1 OpenSSL/3.0.1' ;;
  *list*) printf 'Build-time engines:\\n  pkcs11\\n' ;;
  *) echo $$ > "$0.pid.new"; mv "$0.pid.new" "$0.pid"; exec sleep 600 ;;
esac
`;

function folderWithSlowCurl(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-slow-curl-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'curl'), SLOW_CURL);
  chmodSync(join(dir, 'curl'), 0o755);
  mkdirSync(join(dir, 'tmp'));
  return dir;
}

/** The process is there and runs; not one that only waits to be reaped. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test.each<[string, NodeJS.Signals, [number | null, NodeJS.Signals | null]]>([
  ['SIGINT', 'SIGINT', [null, 'SIGINT']],
  ['SIGTERM', 'SIGTERM', [null, 'SIGTERM']],
  ['SIGHUP', 'SIGHUP', [null, 'SIGHUP']],
  ['an exit', 'SIGUSR2', [7, null]],
])('%s ends curl, removes its files and then ends the program as ever', async (_, signal, end) => {
  const dir = folderWithSlowCurl();
  const { certificate, signer } = softwareIdentity(createAuthority('Clients').issuer);
  const args = [certificate, signer.publicKey].map((der) => Buffer.from(der).toString('base64'));
  const env = { ...process.env, PATH: [dir, process.env.PATH].join(delimiter), TMPDIR: join(dir, 'tmp') };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  await until(() => readdirSync(dir).includes('curl.pid'), { ended: () => child.exitCode !== null });
  const curl = Number(readFileSync(join(dir, 'curl.pid'), 'utf8'));
  onTestFinished(() => void (isRunning(curl) && process.kill(curl, 'SIGKILL')));
  const [folder = ''] = readdirSync(join(dir, 'tmp'));
  expect(readdirSync(join(dir, 'tmp', folder)).sort()).toEqual(['body', 'card.pem', 'server.pem']);
  expect(isRunning(curl)).toBe(true);
  child.kill(signal);
  expect([await closed, said]).toEqual([end, '']);
  expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  await expect.poll(() => isRunning(curl)).toBe(false);
});

test('work undoes what it made, last things first, and leaves no listener behind', async () => {
  const listeners = () => ENDINGS.map((name) => process.rawListeners(name as 'SIGINT'));
  const before = listeners();
  const undone: string[] = [];
  const work = leavingNothing(async (later) => {
    later(() => undone.push('first'));
    later(() => undone.push('second'));
    expect(listeners().map((list) => list.length)).toEqual(before.map((list) => list.length + 1));
    throw new Error('it failed');
  });
  await expect(work).rejects.toThrow('it failed');
  expect(undone).toEqual(['second', 'first']);
  expect(listeners()).toEqual(before);
});

test('a signal that somebody else listens for undoes everything once and does not end the program', async () => {
  const heard: string[] = [];
  const listener = () => void heard.push('heard');
  process.on('SIGHUP', listener);
  onTestFinished(() => void process.off('SIGHUP', listener));
  await leavingNothing(async (later) => {
    later(() => heard.push('undone'));
    process.kill(process.pid, 'SIGHUP');
    await expect.poll(() => heard).toEqual(['undone', 'heard']);
  });
  expect(heard).toEqual(['undone', 'heard']);
});
