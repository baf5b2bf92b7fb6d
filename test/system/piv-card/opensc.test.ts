/** The PIV card of the tests under OpenSC and the real pcscd: it is seen, lists what it holds and signs. */
import { randomBytes, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { READER } from '../../support/piv-card.js';
import { pivPublicKey } from '../../support/piv-content.js';
import { tempDir } from '../../support/temp-dir.js';
import { openFilledReader, openReader, pkcs11Tool, use } from './tools.js';

const KEYS = { '9a': 'rsa2048', '9c': 'p256' } as const;
/** CKA_ID that OpenSC gives to 9A. */
const AUTHENTICATION = '01';
const SIGNATURE = '02';

test('opensc-tool sees the reader by its name, the card in it, and that it is one of PIV', async () => {
  const reader = await openReader({ reader: READER.generic });
  const list = await use(reader, ['opensc-tool', '--list-readers']);
  expect(list.stdout).toMatch(/^0 +Yes .*Virtual PCD 00 00$/m);
  expect(list.stdout).toMatch(/^1 +No .*Virtual PCD 00 01$/m);
  expect((await use(reader, ['opensc-tool', '--name'])).stdout).toContain('Personal Identity Verification Card');
});

test('pkcs11-tool lists keys and certificates after a login', async () => {
  const { reader } = await openFilledReader(KEYS);
  const { code, stdout } = await pkcs11Tool(reader, 'opensc', '--login', '--pin', reader.card.pin, '--list-objects');
  expect(code).toBe(0);
  expect(stdout.match(/^\w+ (Key )?Object/gm)?.sort()).toEqual([
    'Certificate Object',
    'Certificate Object',
    'Private Key Object',
    'Private Key Object',
    'Public Key Object',
    'Public Key Object',
  ]);
  expect(reader.card.log().filter(({ name }) => name === 'verify')).toHaveLength(1);
});

test.each([
  ['9a', AUTHENTICATION, 'SHA256-RSA-PKCS', []],
  // pkcs11-tool logs in again for the signature, as this key wants it
  ['9c', SIGNATURE, 'ECDSA-SHA256', ['--signature-format', 'openssl']],
] as const)('pkcs11-tool signs with %s, and the signature verifies', async (slot, id, mechanism, more) => {
  const { reader, path } = await openFilledReader(KEYS);
  const dir = tempDir('piv-signature');
  const [input, output] = [join(dir, 'input'), join(dir, 'output')];
  const message = randomBytes(100);
  writeFileSync(input, message);
  const files = ['--input-file', input, '--output-file', output];
  const login = ['--login', '--pin', reader.card.pin];
  const run = await pkcs11Tool(reader, 'opensc', ...login, '--sign', '--id', id, '--mechanism', mechanism, ...more, ...files);
  expect(run.code, run.stderr).toBe(0);
  expect(verify('sha256', message, pivPublicKey(path, slot), readFileSync(output))).toBe(true);
});
