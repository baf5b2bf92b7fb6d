/** A doctor that is ended while a driver hangs leaves no process behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { program } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { until } from '../support/interrupt.js';

let desk: Desk;
let doctor: ChildProcess;

beforeEach(() => {
  desk = createDesk();
  desk.card.rules(['delay C_Initialize 600000']);
  const args = [program, 'doctor', '--timeout', '1'];
  doctor = spawn(process.execPath, args, { env: desk.env, detached: true, stdio: 'ignore' });
});
afterEach(() => desk.remove());

/** The process that looks at the driver. */
async function probe(): Promise<number> {
  let found: number | undefined;
  await until(() => {
    found = childrenOf(doctor.pid as number).find((pid) => commandOf(pid).includes(`--probe=${desk.card.modulePath}`));
    return found !== undefined;
  });
  return found as number;
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Its words; none once it has ended. */
function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

test('Ctrl-C ends it and what looks at the driver, at once', async () => {
  const pid = await probe();
  process.kill(-(doctor.pid as number), 'SIGINT');
  await until(() => commandOf(pid).length < 2 && doctor.signalCode !== null);
  expect(doctor.signalCode).toBe('SIGINT');
});

test('killed alone, what looks at the driver ends itself', async () => {
  const pid = await probe();
  doctor.kill('SIGKILL');
  await until(() => commandOf(pid).length < 2);
  expect(commandOf(pid).length).toBeLessThan(2);
});
