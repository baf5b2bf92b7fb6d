/** `lyncauth cards` on the PIV card of the tests, through both drivers: what is on it, without a PIN and without a try. */
import { expect, test } from 'vitest';
import { type CliResult, runCli } from '../../support/cli.js';
import type { PivReader } from '../../support/piv-card.js';
import { openFilledReader } from './tools.js';

const KEYS = { '9a': 'rsa2048', '9c': 'p256' } as const;

function listCards(reader: PivReader, module: keyof PivReader['modules']): Promise<CliResult> {
  return runCli(['cards', '--json', '--module', reader.modules[module]], { env: reader.env });
}

test.each(['opensc', 'ykcs11'] as const)('through %s: the card, its certificates and keys', async (module) => {
  const { reader } = await openFilledReader(KEYS);
  const run = await listCards(reader, module);
  expect(run.code, run.stderr).toBe(0);
  const [{ name, present, token }, empty] = run.json().result.readers;
  expect([name, present]).toEqual(['Yubico YubiKey OTP+FIDO+CCID 00 00', true]);
  expect(empty).toEqual({ name: 'Yubico YubiKey OTP+FIDO+CCID 00 01', present: false });
  expect(token).toMatchObject({ driver: module, kind: 'physical', pin: { state: 'ok' } });
  expect(token.keys).toMatchObject([
    { id: '01', type: 'rsa2048' },
    { id: '02', type: 'p256' },
  ]);
  expect(token.certificates).toMatchObject([
    { keyId: '01', subject: 'CN=9a' },
    { keyId: '02', subject: 'CN=9c' },
  ]);
  expect(reader.card.log().filter(({ name }) => name === 'verify')).toEqual([]);
  expect(reader.card.state().pin.left).toBe(3);
});
