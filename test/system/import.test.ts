/** A PKCS#12 file of openssl goes in, and OpenSC's pkcs11-tool, a caller in C, sees and uses what is then on the card. */
import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliResult, runCommand } from '../support/cli.js';
import { handOut } from '../support/handout.js';
import { CA, importDesk } from '../support/import-desk.js';

const at = importDesk();

/** pkcs11-tool on the card, logged in. */
async function pkcs11Tool(...args: string[]): Promise<CliResult> {
  const { token } = at.desk;
  const run = await runCommand(
    ['pkcs11-tool', '--module', token.modulePath, '--token-label', token.label, '--login', '--pin', token.pin, ...args],
    { env: token.env },
  );
  expect(run.code, run.stderr).toBe(0);
  return run;
}

describe.each([
  ['rsa2048', 'RSA', ['--mechanism', 'SHA256-RSA-PKCS']],
  ['p256', 'EC', ['--mechanism', 'ECDSA', '--signature-format', 'openssl']],
  ['p384', 'EC', ['--mechanism', 'ECDSA', '--signature-format', 'openssl']],
] as const)('a key of the type %s', (type, name, mechanism) => {
  test('is seen, cannot be read, and signs for the certificate beside it', async () => {
    const one = handOut(CA, type);
    expect((await at.run(at.pfx(one, { args: ['-legacy'] }))).code).toBe(0);
    const [{ id = '' } = {}] = at.objects();

    const { stdout } = await pkcs11Tool('--list-objects');
    const described = stdout.split(/^(?=\w.* Object;)/m);
    const privateKey = described.find((text) => text.startsWith(`Private Key Object; ${name}`));
    expect(privateKey).toMatch(/Access: +sensitive/);
    expect(privateKey).not.toContain('extractable');
    for (const text of described.filter((each) => / Object;/.test(each))) expect(text).toMatch(new RegExp(`ID: +${id}`));

    const file = (path: string) => join(at.desk.dir, path);
    await pkcs11Tool('--read-object', '--type', 'cert', '--id', id, '--output-file', file('read.der'));
    const certificate = new X509Certificate(readFileSync(file('read.der')));
    expect(certificate.raw).toEqual(one.certificate);

    const data = randomBytes(100);
    // SoftHSM signs with an EC key what is hashed already
    writeFileSync(file('data'), name === 'EC' ? createHash('sha256').update(data).digest() : data);
    await pkcs11Tool('--sign', '--id', id, ...mechanism, '--input-file', file('data'), '--output-file', file('signature'));
    expect(verify('sha256', data, certificate.publicKey, readFileSync(file('signature')))).toBe(true);
  });
});
