/** The PIV card of the tests under Yubico's own module and tool: a blank card gets a key and a certificate, signs, and is looked after. */
import { createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { READER } from '../../support/piv-card.js';
import { fillPivCard } from '../../support/piv-content.js';
import { tempDir } from '../../support/temp-dir.js';
import { openReader, pkcs11Tool, use } from './tools.js';

test.each([
  ['rsa:2048', 'SHA256-RSA-PKCS', 'sha256', []],
  ['EC:prime256v1', 'ECDSA-SHA256', 'sha256', ['--signature-format', 'openssl']],
  ['EC:secp384r1', 'ECDSA-SHA384', 'sha384', ['--signature-format', 'openssl']],
] as const)('makes a key of the kind %s as the security officer and signs as the user', async (type, mechanism, hash, more) => {
  const reader = await openReader();
  const { card } = reader;
  const officer = ['--login', '--login-type', 'so', '--so-pin', card.managementKey];
  const made = await pkcs11Tool(reader, 'ykcs11', ...officer, '--keypairgen', '--key-type', type, '--id', '01');
  expect(made.code, made.stderr).toBe(0);
  expect(Object.keys(card.state().keys)).toEqual(['9a']);

  const dir = tempDir('piv-signature');
  const [input, output] = [join(dir, 'input'), join(dir, 'output')];
  const message = randomBytes(100);
  writeFileSync(input, message);
  const files = ['--input-file', input, '--output-file', output];
  const sign = ['--login', '--pin', card.pin, '--sign', '--id', '01', '--mechanism', mechanism, ...more, ...files];
  const signed = await pkcs11Tool(reader, 'ykcs11', ...sign);
  expect(signed.code, signed.stderr).toBe(0);
  const key = createPublicKey(card.state().keys['9a']?.pkcs8 ?? '');
  expect(verify(hash, message, key, readFileSync(output))).toBe(true);
});

test('makes no key for the user, nor for who has another management key', async () => {
  const reader = await openReader();
  const { card } = reader;
  const make = (...login: string[]) =>
    pkcs11Tool(reader, 'ykcs11', '--login', ...login, '--keypairgen', '--key-type', 'EC:prime256v1', '--id', '01');
  expect((await make('--pin', card.pin)).stderr).toContain('CKR_USER_TYPE_INVALID');
  expect((await make('--login-type', 'so', '--so-pin', card.managementKey.replaceAll('08', '0b'))).stderr).toContain('CKR_PIN_INCORRECT');
  expect(card.state().keys).toEqual({});
});

test('sees nothing in a reader that is not called after Yubico', async () => {
  const reader = await openReader({ reader: READER.generic });
  const { stdout } = await pkcs11Tool(reader, 'ykcs11', '--list-token-slots');
  expect(stdout).not.toContain('token label');
  expect(reader.card.log().filter(({ name }) => name === 'select')).toEqual([]);
});

test('yubico-piv-tool makes a key, stores a certificate and finds both again', async () => {
  const reader = await openReader();
  const { card } = reader;
  const tool = (...args: string[]) => use(reader, ['yubico-piv-tool', '--reader', 'Yubico', ...args]);
  const made = await tool('--action', 'generate', '--slot', '9c', '--algorithm', 'ECCP256');
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout).toContain('BEGIN PUBLIC KEY');

  const dir = tempDir('piv-certificate');
  const { '9c': der } = fillPivCard(join(dir, 'other.json'), { '9c': 'p256' });
  writeFileSync(join(dir, 'certificate'), new X509Certificate(der).toString());
  const stored = await tool('--action', 'import-certificate', '--slot', '9c', '--input', join(dir, 'certificate'));
  expect(stored.code, stored.stderr).toBe(0);
  const status = await tool('--action', 'status');
  expect(status.stdout).toMatch(/Slot 9c:[\s\S]*Subject DN:\s+CN=9c/);
  expect(status.stdout).toMatch(/PIN tries left:\s+3/);
  expect(new X509Certificate((await tool('--action', 'read-certificate', '--slot', '9c')).stdout).raw).toEqual(der);
  expect(card.state().keys['9c']?.pinPolicy).toBe(3);
});

test('yubico-piv-tool changes the PIN and lifts a block', async () => {
  const reader = await openReader();
  const { card } = reader;
  const tool = (...args: string[]) => use(reader, ['yubico-piv-tool', '--reader', 'Yubico', ...args]);
  expect((await tool('--action', 'change-pin', '--pin', card.pin, '--new-pin', '735194')).code).toBe(0);
  for (let time = 0; time < 3; time += 1) await tool('--action', 'verify-pin', '--pin', card.pin);
  expect(card.state().pin).toEqual({ value: '735194', left: 0, max: 3 });
  expect((await tool('--action', 'unblock-pin', '--pin', card.puk, '--new-pin', '862051')).code).toBe(0);
  expect(card.state().pin).toEqual({ value: '862051', left: 3, max: 3 });
});
