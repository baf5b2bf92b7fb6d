/** Runs the built program against a driver that fails, and expects the outcome to the letter: the end, the card, and the run after it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { EnrollmentStep } from '../../../src/enrollment/journal.js';
import { PRACTICE_PIN } from '../../../src/lab/environment.js';
import { cardObjects } from '../card-objects.js';
import type { CliResult } from '../cli.js';
import type { Desk } from '../desk.js';
import { expectOneEnrollment } from '../enrolled-card.js';
import type { TestLab } from '../lab.js';
import { tryPin } from '../raw-card.js';
import { secretFile } from '../secret-files.js';
import { createToken } from '../softhsm.js';
import { type ChangePinRow, type EnrollRow, type FaultRow, faultRule } from './outcome.js';

const NEW_PIN = '60718293';
/** The limit of a call that hangs. */
const SECONDS = 2;
/** A card that counts wrong PINs. */
const CARD = ['retries 5'];
const KEY_PAIR = ['private key', 'public key'];
const ON_CARD = { nothing: [], 'the key': KEY_PAIR, 'the key and the certificate': ['certificate', ...KEY_PAIR] };

/** Enrolls a new card under the fault of `row`; where `again` is true once more without it, which must finish it. */
export async function expectEnrollOutcome(lab: TestLab, row: EnrollRow, again: boolean): Promise<void> {
  const token = createToken({ pin: PRACTICE_PIN });
  try {
    const here = { ...lab, token };
    const enroll = (...args: string[]) => lab.enroll(['--quiet', '--key-type', 'p256', ...args], { env: token.env });
    const submissions = lab.submissions();
    lab.card.state({});
    lab.card.rules([...CARD, faultRule(row)]);
    expectEnd(await enroll(...limitFor(row)), 'enroll', row);
    const [record] = lab.journal();
    const objects = cardObjects(token);
    expect(lab.journal()).toEqual(row.step === undefined ? [] : [recordAt(row.step, lab)]);
    expect(objects.map(({ kind }) => kind)).toEqual(ON_CARD[row.holds]);
    for (const { id } of objects) expect(id).toBe(record?.keyId);
    if (row.holds === 'the key and the certificate') expect(objects[0]?.value).toBe(record?.certificate);
    expect([lab.submissions() - submissions, lab.card.readState().badTries]).toEqual([row.step === 'issued' ? 1 : 0, 0]);
    if (!again) return;

    lab.card.rules(CARD);
    const next = await enroll();
    expect(next.code, next.stderr + next.stdout).toBe(0);
    const { keyId } = expectOneEnrollment(here);
    // A key that was known to be whole is used, one that may not be is not.
    if (record?.keyId !== undefined) expect(keyId === record.keyId).toBe(row.step !== 'making-key');
    expect([lab.submissions() - submissions, lab.card.readState().badTries]).toEqual([1, 0]);
  } finally {
    token.remove();
    rmSync(join(lab.dir, 'config/journal'), { recursive: true, force: true });
  }
}

/** What the journal has written by `step` of an enrollment of this lab's user. */
function recordAt(step: EnrollmentStep, { env }: TestLab): object {
  const plan = {
    ca: env.LYNCAUTH_CA,
    template: 'SmartcardUser',
    upn: env.LYNCAUTH_UPN,
    keyType: 'p256',
    hash: 'sha256',
    name: env.LYNCAUTH_UPN,
    replace: false,
    deleteOldKey: false,
  };
  return {
    ...{
      serial: expect.stringMatching(/^[0-9a-f]{16}$/),
      cardLabel: 'Test card',
      plan,
      startedAt: expect.any(String),
      step,
      pinChanged: false,
    },
    ...(step === 'planned' ? {} : { keyId: expect.stringMatching(/^[0-9a-f]{32}$/) }),
    ...(step === 'issued' ? { requestId: expect.stringMatching(/^\d+$/), certificate: expect.any(String) } : {}),
  };
}

/** Changes the PIN of the desk's card under the fault of `row`, and once more without it. */
export async function expectChangePinOutcome({ dir, token, card, run }: Desk, row: ChangePinRow): Promise<void> {
  const files = ['--pin-file', secretFile(dir, 'pin', token.pin), '--new-pin-file', secretFile(dir, 'new-pin', NEW_PIN)];
  const changePin = (...args: string[]) => run(['change-pin', '--json', '--no-input', '--quiet', ...files, ...args]);
  card.rules([...CARD, faultRule(row)]);
  expectEnd(await changePin(...limitFor(row)), 'change-pin', row);
  // A call is logged when it returns.
  const changes = row.fault === 'hang' ? 0 : 1;
  expect([card.calls('C_Login').length, card.calls('C_SetPIN').length, card.readState().badTries]).toEqual([1, changes, 0]);
  expect(tryPin(token, row.holds === 'the new PIN' ? NEW_PIN : token.pin)).toBe('CKR_OK');

  card.rules(CARD);
  const next = await changePin();
  expect(tryPin(token, NEW_PIN)).toBe('CKR_OK');
  if (row.holds === 'the old PIN') expect([next.code, card.readState().badTries], next.stderr).toEqual([0, 0]);
  else expect([next.code, next.json().error.code, card.readState().badTries]).toEqual([5, 'PIN_INCORRECT', 1]);
}

function limitFor({ fault }: FaultRow): string[] {
  return fault === 'hang' ? ['--timeout', String(SECONDS)] : [];
}

function expectEnd(run: CliResult, command: string, { ends, fault, call }: FaultRow): void {
  if (ends === 'SIGSEGV') {
    expect([run.signal, run.stdout, run.stderr]).toEqual(['SIGSEGV', '', '']);
    return;
  }
  const message = ends.says.replace('CARD', 'Test card').replace('N seconds', `${SECONDS} seconds`);
  const details = fault === 'hang' ? { call, seconds: SECONDS } : { ckr: fault, ...ends.details };
  expect(run.json()).toEqual({ ok: false, command, error: { code: ends.code, message, hint: ends.hint, details } });
  expect([run.code, run.signal, run.stderr]).toEqual([ends.exit, null, '']);
}
