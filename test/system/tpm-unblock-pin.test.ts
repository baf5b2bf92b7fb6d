/** A virtual card, in a TPM, whose PIN is forgotten: its security officer sets a new one. One process at a time uses it, as it wants. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTpmCard, type TpmCard } from '../fixtures/tpm/tpm-card.js';
import { type CliResult, runCli } from '../support/cli.js';
import { secretFile } from '../support/secret-files.js';

const NEXT = '60718293';
let tpm: TpmCard;
let files: string;

beforeAll(async () => {
  tpm = await startTpmCard();
  files = join(tpm.dir, 'files');
  mkdirSync(files, { mode: 0o700 });
});
afterAll(() => tpm.stop());

function run(args: string[], secrets: Record<string, string>): Promise<CliResult> {
  const given = Object.entries(secrets).flatMap(([name, text]) => [`--${name}-file`, secretFile(files, name, text)]);
  const card = ['--module', tpm.modulePath, '--card', tpm.label];
  return runCli([...args, '--json', '--no-input', ...card, ...given], { env: tpm.env });
}

function check(pin: string): Promise<CliResult> {
  return run(['change-pin', '--check'], { pin });
}

test('the new PIN works, the old one does not, and a wrong SO PIN sets none', async () => {
  expect((await check(tpm.pin)).json().result).toMatchObject({
    checked: true,
    token: { driver: 'tpm2-pkcs11' },
    pin: { state: 'unknown' },
  });

  const wrong = await run(['unblock-pin'], { 'so-pin': '00001111', 'new-pin': NEXT });
  expect(wrong.json().error).toMatchObject({ code: 'SO_PIN_INCORRECT', details: { soPinState: 'unknown' } });
  expect(wrong.code).toBe(5);
  expect((await check(tpm.pin)).code).toBe(0);

  const unblocked = await run(['unblock-pin'], { 'so-pin': tpm.soPin, 'new-pin': NEXT });
  expect(unblocked.json().result).toMatchObject({ unblocked: true, token: { label: tpm.label }, pin: { state: 'unknown' } });
  expect(unblocked.stderr).toContain('card "TPM card" does not tell whether its PIN is blocked: its SO PIN sets a new one');
  expect((await check(NEXT)).code).toBe(0);
  expect((await check(tpm.pin)).json().error.code).toBe('PIN_INCORRECT');

  const changed = await run(['change-pin'], { pin: NEXT, 'new-pin': '71829304' });
  expect([changed.code, changed.json().result.changed]).toEqual([0, true]);
  expect((await check('71829304')).code).toBe(0);
});
