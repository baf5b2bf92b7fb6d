/** OpenSC's pkcs11-spy, a recorder that is not ours, says what the program asks of the card. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { startLab, type TestLab } from '../support/lab.js';
import { secretFile } from '../support/secret-files.js';

const SPY = ['/usr/lib/x86_64-linux-gnu/pkcs11-spy.so', '/usr/lib/aarch64-linux-gnu/pkcs11-spy.so', '/usr/lib64/pkcs11-spy.so'].find(
  (path) => existsSync(path),
);
let lab: TestLab;
let record: string;

beforeEach(async () => {
  lab = await startLab();
  record = join(lab.dir, 'spy.log');
});
afterEach(() => lab.stop());

/** An enrollment with the recorder between the program and SoftHSM. */
function enrollSpied(args: string[]): Promise<CliResult> {
  const env = { LYNCAUTH_MODULE: SPY ?? 'pkcs11-spy.so', PKCS11SPY: lab.token.modulePath, PKCS11SPY_OUTPUT: record };
  return lab.enroll(args, { env });
}

/** The functions that were called, in order: `4: C_Login` begins the record of a call. */
function calls(): string[] {
  return [...readFileSync(record, 'utf8').matchAll(/^\d+: (C_\w+)/gm)].map(([, name = '']) => name);
}

test('a wrong PIN ends with 5 after one C_Login', async () => {
  const run = await enrollSpied(['--pin-file', secretFile(lab.dir, 'wrong-pin', '99999999')]);
  expect([run.code, run.json().error.code]).toEqual([5, 'PIN_INCORRECT']);
  expect(calls().filter((name) => name === 'C_Login')).toEqual(['C_Login']);
  expect(readFileSync(record, 'utf8')).toContain('CKR_PIN_INCORRECT');
});

test('a PIN of the wrong length ends with 2 and no C_Login', async () => {
  const run = await enrollSpied(['--pin-file', secretFile(lab.dir, 'short-pin', '123')]);
  expect([run.code, run.json().error.code]).toEqual([2, 'PIN_POLICY']);
  expect(calls()).toContain('C_GetTokenInfo');
  expect(calls()).not.toContain('C_Login');
});

test('an enrollment logs in once, makes one key and closes what it opened', async () => {
  const run = await enrollSpied([]);
  expect([run.code, run.json().result.status]).toEqual([0, 'issued']);
  const made = calls();
  const count = (name: string) => made.filter((call) => call === name).length;
  expect([count('C_Login'), count('C_GenerateKeyPair'), count('C_SetPIN')]).toEqual([1, 1, 0]);
  expect([count('C_OpenSession'), made.at(-1)]).toEqual([count('C_CloseSession'), 'C_Finalize']);
});
