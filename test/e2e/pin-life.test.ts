/** The tries of a PIN over many runs: what unattended runs leave, what brings them back, and which commands never cost one. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { scaled } from '../support/scale.js';
import { secretFile } from '../support/secret-files.js';

const TRIES = 5;
const NEXT = '60718293';
const LATER = '71829304';
let desk: Desk;

beforeEach(() => {
  desk = createDesk();
  desk.card.rules([`retries ${TRIES}`]);
});
afterEach(() => desk.remove());

function changePin(current: string, next: string): Promise<CliResult> {
  const files = ['--pin-file', secretFile(desk.dir, 'current', current), '--new-pin-file', secretFile(desk.dir, 'next', next)];
  return desk.run(['change-pin', '--json', '--no-input', ...files]);
}

test('five unattended runs with a wrong PIN cost four tries; unblock-pin gives them back, and change-pin goes on', async () => {
  const runs: CliResult[] = [];
  for (let run = 1; run <= TRIES; run += 1) runs.push(await changePin('99999999', NEXT));
  expect(runs.map(({ code }) => code)).toEqual([5, 5, 5, 5, 6]);
  expect(runs.map(({ stderr }) => stderr.includes('warning:'))).toEqual([false, true, true, true, true]);
  expect(runs.map(({ json }) => json().error.code)).toEqual([...Array(TRIES - 1).fill('PIN_INCORRECT'), 'PIN_FINAL_TRY']);
  expect(desk.card.calls('C_Login')).toEqual(Array(TRIES - 1).fill('C_Login 0xa0 user'));
  expect(desk.card.readState().badTries).toBe(TRIES - 1);

  const soPin = secretFile(desk.dir, 'so-pin', desk.token.soPin);
  const unblock = ['unblock-pin', '--json', '--no-input', '--so-pin-file', soPin];
  const unblocked = await desk.run([...unblock, '--new-pin-file', secretFile(desk.dir, 'new', NEXT)]);
  expect([unblocked.code, unblocked.json().result.pin.state, desk.card.readState().badTries]).toEqual([0, 'ok', 0]);

  const changed = await changePin(NEXT, LATER);
  expect([changed.code, changed.json().result.changed, changed.stderr]).toEqual([0, true, '']);
  for (const old of [NEXT, desk.token.pin]) expect((await changePin(old, '82930415')).code).toBe(5);
  expect((await changePin(LATER, '82930415')).code).toBe(0);
});

/** The commands that look at a card, or at nothing, and their part of all runs: each `doctor` is three processes. */
const LOOKING = [
  ['cards', 0.3],
  ['doctor', 0.05],
  ['status', 0.3],
  ['help', 0.35],
] as const;

test('looking costs no try, however often', async () => {
  // what has seen the card says so: a command that failed early would cost none either
  const seen = (await desk.run(['cards', '--json'])).json().result.readers;
  expect(JSON.stringify(seen)).toContain(desk.token.label);
  desk.card.state({ badTries: TRIES - 1 });
  for (const [command, part] of LOOKING) {
    const each = Math.ceil(scaled(1000) * part);
    for (let done = 0; done < each; done += 4) {
      const runs = await Promise.all(Array.from({ length: Math.min(4, each - done) }, () => desk.run([command, '--json'])));
      expect(runs.map(({ json }) => json().ok)).toEqual(runs.map(() => true));
    }
  }
  for (const call of ['C_Login', 'C_SetPIN', 'C_InitPIN']) expect(desk.card.calls(call)).toEqual([]);
  expect(desk.card.readState().badTries).toBe(TRIES - 1);
}, 1_800_000);
