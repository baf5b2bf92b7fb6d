/** A desk for `lyncauth doctor`, and what a run of it found. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { CliResult } from './cli.js';
import { createDesk, type Desk } from './desk.js';

export interface Row {
  id: string;
  status: string;
  about?: string;
  detail: string;
  why?: string;
  fix?: string;
}

/** What was found, after the exit code was looked at. */
export function found(run: CliResult, code: number): { rows: Row[]; bad: Row[] } {
  expect([run.code, run.json().ok, run.json().command]).toEqual([code, true, 'doctor']);
  const rows: Row[] = run.json().result.checks;
  // The smart card service is whatever it is on the computer of the test.
  const bad = rows.filter(({ id, status }) => status !== 'ok' && id !== 'pcsc');
  for (const row of bad) expect(row).toMatchObject({ why: expect.stringMatching(/./), fix: expect.stringMatching(/./) });
  return { rows, bad };
}

/** A new desk for each test, in none of which the card is logged in to. Call it where hooks are. */
export function useDoctorDesk(): { readonly desk: Desk; doctor(args?: string[]): Promise<CliResult> } {
  let desk: Desk;
  beforeEach(() => {
    desk = createDesk();
  });
  afterEach(() => {
    expect(desk.card.calls('C_Login')).toEqual([]);
    desk.remove();
  });
  return {
    get desk() {
      return desk;
    },
    doctor: (args = []) => desk.run(['doctor', '--json', ...args]),
  };
}
