/** What helps after a driver has failed: doctor names it, or the enrollment that it left open; an expired PIN is changed and the enrollment goes on. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { secretFile } from '../support/secret-files.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab({ faultModule: true });
});
afterEach(() => lab.stop());

const enroll = (...args: string[]) => lab.enroll(['--key-type', 'p256', ...args]);

interface Finding {
  id: string;
  status: string;
  module?: string;
  detail: string;
  fix?: string;
}

async function findings(): Promise<Finding[]> {
  const { checks } = (await lab.run(['doctor', '--json'])).json().result;
  return checks.filter(({ status }: Finding) => status !== 'ok');
}

test('a driver that crashes as soon as it is used is named by doctor; nothing was begun', async () => {
  lab.card.rules(['crash C_GetTokenInfo']);
  expect(await enroll()).toMatchObject({ signal: 'SIGSEGV', stdout: '' });
  expect(await findings()).toContainEqual(
    expect.objectContaining({ status: 'fail', module: lab.card.modulePath, detail: expect.stringContaining('SIGSEGV') }),
  );
  lab.card.rules([]);
  expectUntouched(lab);
});

test('after a crash in the middle of an enrollment doctor tells how to go on, and that command finishes it', async () => {
  lab.card.rules(['crash C_CreateObject']);
  expect(await enroll()).toMatchObject({ signal: 'SIGSEGV', stdout: '' });
  const { fix = '' } = (await findings()).find(({ id }) => id === 'enrollments') ?? {};
  expect(fix).toMatch(/^lyncauth enroll --resume \d+$/);
  lab.card.rules([]);
  const run = await lab.run([...fix.split(' ').slice(1), '--json', '--no-input', '--yes']);
  expect(run.code, run.stdout).toBe(0);
  expectOneEnrollment(lab);
  expect(lab.submissions()).toBe(1);
});

test('a PIN that expires in the middle of an enrollment is changed, and the enrollment goes on with the new one', async () => {
  const pin = '60718293';
  lab.card.rules(['fail C_SignInit CKR_PIN_EXPIRED']);
  const expired = await enroll();
  expect([expired.code, expired.json().error.hint]).toEqual([2, 'lyncauth change-pin']);
  lab.card.rules([]);
  const file = secretFile(lab.dir, 'new-pin', pin);
  expect((await lab.run(['change-pin', '--no-input', '--new-pin-file', file])).code).toBe(0);
  const run = await enroll('--pin-file', file);
  expect(run.code, run.stdout).toBe(0);
  expectOneEnrollment(lab, { pin });
  expect(lab.submissions()).toBe(1);
});
