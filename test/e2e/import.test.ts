import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleCertificates } from '../../src/x509/issue-bundle.js';
import { type Handed, handOut, merged, pem, pfx } from '../support/handout.js';
import { CA, importDesk, PASSWORD, UPN } from '../support/import-desk.js';

const at = importDesk();

/** Expects one certificate and one key pair under one CKA_ID and label. */
function expectOneIdentity(der: Buffer, label = UPN): string {
  const objects = at.objects();
  expect(objects.map(({ kind }) => kind)).toEqual(['certificate', 'private key', 'public key']);
  expect(new Set(objects.map(({ id }) => id)).size).toBe(1);
  expect(objects.map((object) => object.label)).toEqual([label, label, label]);
  expect(objects[0]?.value).toBe(der.toString('base64'));
  return objects[0]?.id ?? '';
}

describe.each(['rsa2048', 'p256', 'p384'] as const)('a .pfx with a key of the type %s', (type) => {
  test('is on the card after one run, and a second one changes nothing and needs no PIN', async () => {
    const one = handOut(CA, type);
    const file = at.pfx(one, { more: [CA.certificate] });
    const first = await at.run(file, ['--issuer-ca', at.file('ca.pem', pem(CA.certificate))]);
    expect(first.code, first.stderr).toBe(0);
    const id = expectOneIdentity(one.certificate);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const [{ token }] = (await at.desk.run(['cards', '--json', '--card', 'Test card'])).json().result.readers;
    const result = {
      token: { label: 'Test card', serial: token.serial, model: 'SoftHSM v2', driver: 'softhsm', kind: 'software' },
      key: { id, type },
      certificate: {
        subject: 'CN=Kim',
        issuer: 'CN=Handing CA',
        serialNumber: new X509Certificate(one.certificate).serialNumber.toLowerCase(),
        upn: UPN,
        notBefore: expect.any(String),
        notAfter: expect.any(String),
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2'],
        sha256: new X509Certificate(one.certificate).fingerprint256.replaceAll(':', '').toLowerCase(),
        template: null,
        strongMapping: false,
      },
      replaced: [],
      completedRequest: null,
    };
    expect(first.json()).toEqual({ ok: true, command: 'import', result: { status: 'installed', ...result, issuerChecked: true } });
    expect(token.keys).toEqual([{ id, label: UPN, type }]);
    expect(at.calls()).toEqual(['C_Login 0x0', 'C_CreateObject 0x0', 'C_CreateObject 0x0', 'C_CreateObject 0x0']);

    at.desk.card.clearLog();
    const second = await at.run(file);
    expect(second.json()).toEqual({ ok: true, command: 'import', result: { status: 'unchanged', ...result, issuerChecked: false } });
    expect([second.code, at.calls()]).toEqual([0, []]);
    expectOneIdentity(one.certificate);
  });
});

test('without --issuer-ca it says that the issuer was not checked, and where the key still is', async () => {
  const one = handOut(CA, 'p256');
  const file = at.pfx(one, { more: [CA.certificate] });
  const pin = ['--pin-file', join(at.desk.dir, 'pin'), '--password-file', join(at.desk.dir, 'password')];
  const run = await at.desk.run(['import', file, '--no-input', '--yes', '--upn', UPN, '--name', 'Kim at\nwork', ...pin]);
  expect(run.code, run.stderr).toBe(0);
  const warning =
    'warning: who issued the certificate was not checked: what comes with it in the file proves nothing (--issuer-ca FILE checks it)\n';
  expect(run.stderr).toContain(warning);
  expect((await at.run(file, ['--quiet'])).stderr).toBe(warning);
  expect(run.stderr).toMatch(/issuer {10}CN=Handing CA \(not checked\)/);
  const id = expectOneIdentity(one.certificate, 'Kim at work');
  expect(run.stdout).toMatch(new RegExp(`^card "Test card" holds the certificate of ${UPN} until \\d{4}-\\d\\d-\\d\\d \\(key ${id}\\)\n`));
  expect(run.stdout).toContain(`${file} still holds the private key`);
});

test('--dry-run changes no PIN either, where the card waits for that', async () => {
  const file = at.pfx(handOut(CA, 'p256'));
  expect((await at.run(file)).code).toBe(0);
  at.desk.card.rules(['mustchange']);
  at.desk.card.clearLog();
  const run = await at.run(file, ['--dry-run']);
  expect([run.code, run.json().result?.status, at.calls()], run.stdout).toEqual([0, 'unchanged', []]);
});

test('--dry-run shows what would be imported; it needs no PIN and changes nothing', async () => {
  const run = await at.run(at.pfx(handOut(CA, 'p384')), ['--dry-run']);
  expect(run.json().result).toMatchObject({ status: 'planned', key: { type: 'p384' }, certificate: { upn: UPN }, issuerChecked: false });
  expect([run.code, at.calls(), at.objects()]).toEqual([0, [], []]);
});

describe('a valid certificate of the same user on the card', () => {
  test('is kept unless --replace is given, which saves it and removes its key', async () => {
    const [old, next] = [handOut(CA, 'p256'), handOut(CA, 'rsa2048')];
    await at.run(at.pfx(old));
    const oldId = expectOneIdentity(old.certificate);
    at.desk.card.clearLog();
    const refused = await at.run(at.pfx(next));
    expect(refused.json().error).toMatchObject({ code: 'INPUT_REQUIRED', hint: 'give --replace' });
    expect([refused.code, at.calls()]).toEqual([2, []]);

    const replaced = await at.run(at.pfx(next), ['--replace', '--delete-old-key']);
    expect(replaced.code, replaced.stderr).toBe(0);
    const id = expectOneIdentity(next.certificate);
    const [{ savedTo }] = replaced.json().result.replaced;
    expect(replaced.json().result).toMatchObject({
      status: 'installed',
      key: { id },
      replaced: [{ keyRemoved: true, keyId: oldId, keyKeptFor: null }],
    });
    expect(new X509Certificate(readFileSync(savedTo)).raw).toEqual(old.certificate);
    expect(statSync(savedTo).mode & 0o777).toBe(0o600);
  });

  test('of another user is left alone', async () => {
    const bob = handOut(CA, 'p256', { upn: 'bob@contoso.com' });
    expect((await at.run(at.pfx(bob), ['--upn', 'bob@contoso.com'])).code).toBe(0);
    expect((await at.run(at.pfx(handOut(CA, 'p256')))).code).toBe(0);
    expect((await at.run(at.pfx(handOut(CA, 'p256')), ['--replace'])).json().result.replaced).toHaveLength(1);
    expect(at.objects().filter(({ value }) => value === bob.certificate.toString('base64'))).toHaveLength(1);
  });
});

describe('a certificate without its key', () => {
  test.each([
    ['kim.cer', (der: Buffer) => der],
    ['kim.pem', (der: Buffer) => Buffer.from(pem(der))],
    ['kim.p7b', (der: Buffer) => bundleCertificates([CA.certificate, der])],
    ['kim.crt', (der: Buffer) => Buffer.from(bundleCertificates([der]).toString('base64'))],
  ])('%s goes to the key on the card that it was issued for', async (name, pack) => {
    const old = handOut(CA, 'p256');
    await at.run(at.pfx(old));
    const id = expectOneIdentity(old.certificate);
    const renewed = handOut(CA, old.key);
    const run = await at.run(at.file(name, pack(renewed.certificate)), ['--replace', '--delete-old-key']);
    expect(run.code, run.stderr).toBe(0);
    expect(run.json().result).toMatchObject({
      status: 'installed',
      key: { id },
      replaced: [{ keyRemoved: false, keyKeptFor: 'certificate' }],
    });
    expect(expectOneIdentity(renewed.certificate)).toBe(id);
  });

  test('is refused by a card that does not hold the key', async () => {
    await at.run(at.pfx(handOut(CA, 'p256', { upn: 'bob@contoso.com' })), ['--upn', 'bob@contoso.com']);
    const before = at.objects();
    const run = await at.run(at.file('kim.cer', handOut(CA, 'p256').certificate));
    expect(run.json().error).toMatchObject({
      code: 'KEY_MISMATCH',
      message: `card "Test card" has no key for the certificate of ${UPN}`,
      hint: expect.stringContaining('.pfx'),
    });
    expect([run.code, at.objects()]).toEqual([3, before]);
  });
});

test('of several keys the one that signs in is taken, with the newest of its certificates', async () => {
  const mail = handOut(CA, 'rsa2048', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] });
  const older = handOut(CA, 'p256', { notBefore: new Date(Date.now() - 30 * 24 * 3600 * 1000) });
  const newer = handOut(CA, older.key);
  const part = (one: Handed, more: Uint8Array[]) => pfx(one, PASSWORD, { more, args: ['-nomac'] });
  const file = at.file('all.pfx', merged([part(mail, []), part(older, [newer.certificate, CA.certificate])]));
  const run = await at.run(file);
  expect(run.code, run.stderr).toBe(0);
  expectOneIdentity(newer.certificate);
});
