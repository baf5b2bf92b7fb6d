import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecord } from '../../src/lab/records.js';
import { cardObjects } from '../support/card-objects.js';
import { NEW_PIN } from '../support/dialog.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { secretFile } from '../support/secret-files.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.stop());

/** A request that waited, was approved, and whose certificate came by another way than this program: the file. */
async function approvedFile(args: string[] = []): Promise<string> {
  lab.faults('pending');
  const pending = await lab.enroll(['--key-type', 'p256', ...args]);
  expect(pending.code, pending.stderr).toBe(8);
  expect((await lab.run(['lab', 'approve', '83'])).code).toBe(0);
  const file = join(lab.dir, 'certnew.cer');
  writeFileSync(file, readRecord(lab.dir, 83)?.certificate ?? '');
  return file;
}

test('a certificate that an open enrollment waits for completes it', async () => {
  const file = await approvedFile();
  const [{ keyId }] = lab.journal();
  const run = await lab.run(['import', file, '--json', '--no-input', '--yes', '--upn', 'alice@lab.test']);
  expect(run.code, run.stderr).toBe(0);
  expect(run.json().result).toMatchObject({ status: 'installed', key: { id: keyId, type: 'p256' }, completedRequest: '83' });
  // the journal is empty as well
  expect(expectOneEnrollment(lab).keyId).toBe(keyId);
  const again = await lab.enroll(['--key-type', 'p256']);
  expect([again.code, again.json().result.status]).toEqual([0, 'unchanged']);
  expect((await lab.run(['enroll', '--resume', '--json'])).json().result).toEqual({ status: 'open', requests: [] });
  expect(lab.submissions()).toBe(1);
});

test('with what the enrollment was told to do besides: it replaces the old certificate', async () => {
  lab.faults();
  expect((await lab.enroll(['--key-type', 'p256'])).code).toBe(0);
  lab.faults('pending');
  const pending = await lab.enroll(['--key-type', 'p256', '--replace', '--delete-old-key']);
  expect(pending.code, pending.stderr).toBe(8);
  await lab.run(['lab', 'approve', '84']);
  const file = join(lab.dir, 'certnew.cer');
  writeFileSync(file, readRecord(lab.dir, 84)?.certificate ?? '');
  const run = await lab.run(['import', file, '--no-input', '--yes', '--upn', 'alice@lab.test']);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/^this ends the enrollment at https:.* \(request 84\)$/m);
  expect(run.stdout).toMatch(/the old certificate is saved in .*; its key was removed/);
  expectOneEnrollment(lab);
});

test('after an enrollment that changed the PIN: the old one, which the file may still hold, is not sent', async () => {
  await lab.stop();
  lab = await startLab({ faultModule: true });
  const next = secretFile(lab.dir, 'next', NEW_PIN);
  const file = await approvedFile(['--pin-change', 'now', '--new-pin-file', next]);
  lab.card.clearLog();
  const command = ['import', file, '--json', '--no-input', '--yes', '--upn', 'alice@lab.test'];
  const refused = await lab.run(command);
  expect([refused.code, refused.json().error], refused.stdout).toMatchObject([
    2,
    { code: 'INPUT_REQUIRED', hint: 'give --new-pin-file FILE' },
  ]);
  expect(lab.card.calls('C_Login')).toEqual([]);
  const run = await lab.run([...command, '--new-pin-file', next]);
  expect([run.code, run.json().result?.completedRequest], run.stdout).toEqual([0, '83']);
  expect(lab.card.calls('C_Login')).toEqual(['C_Login 0x0 user']);
});

test('killed before the enrollment was ended, the same import ends it', async () => {
  await lab.stop();
  lab = await startLab({ faultModule: true });
  const file = await approvedFile();
  lab.card.rules(['kill C_CreateObject before=0']);
  const command = ['import', file, '--json', '--no-input', '--yes', '--upn', 'alice@lab.test'];
  expect((await lab.run(command)).signal).toBe('SIGKILL');
  lab.card.rules([]);
  expect(cardObjects(lab.token)).toHaveLength(3);
  expect(lab.journal()).toHaveLength(1);
  const run = await lab.run(command);
  expect(run.code, run.stderr).toBe(0);
  expect(run.json().result).toMatchObject({ status: 'installed', completedRequest: '83' });
  expectOneEnrollment(lab);
});
