import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.stop());

/** What `lyncauth cards` says is on the card. */
async function shownByCards() {
  const result = await lab.run(['cards', '--json']);
  return result.json().result.readers.find((reader: { token?: unknown }) => reader.token !== undefined).token;
}

test('a card is enrolled, and a second run changes nothing and asks the CA nothing', async () => {
  const first = await lab.enroll();
  expect(first.code, first.stderr).toBe(0);
  expect(first.json()).toMatchObject({
    ok: true,
    command: 'enroll',
    result: { status: 'issued', requestId: '83', key: { type: 'rsa2048' }, certificate: { upn: 'alice@lab.test' }, replaced: [] },
  });
  const { keyId, certificate } = expectOneEnrollment(lab);
  const exchanges = lab.log().length;
  const second = await lab.enroll();
  expect(second.code).toBe(0);
  expect(second.json().result).toMatchObject({
    status: 'unchanged',
    key: { id: keyId },
    certificate: { serialNumber: certificate.serialNumber.toLowerCase() },
  });
  expect(lab.log()).toHaveLength(exchanges);
  expect(lab.submissions()).toBe(1);
  expect(expectOneEnrollment(lab).certificate.raw).toEqual(certificate.raw);
});

describe.each(['rsa2048', 'p256'])('with %s', (keyType) => {
  test('replacing with a new key and with the existing one leaves one certificate and one key each time', async () => {
    await lab.enroll(['--key-type', keyType]);
    const first = expectOneEnrollment(lab);

    const renewed = await lab.enroll(['--key-type', keyType, '--key', 'new', '--replace', '--delete-old-key']);
    expect(renewed.code, renewed.stderr).toBe(0);
    expect(renewed.json().result).toMatchObject({ status: 'issued', replaced: [{ keyRemoved: true }] });
    const second = expectOneEnrollment(lab);
    expect(second.keyId).not.toBe(first.keyId);
    expect(renewed.json().result.key).toEqual({ id: second.keyId, type: keyType });

    const kept = await lab.enroll(['--key', 'existing', '--replace', '--delete-old-key']);
    expect(kept.code, kept.stderr).toBe(0);
    expect(kept.json().result).toMatchObject({ status: 'issued', replaced: [{ keyRemoved: false }] });
    const third = expectOneEnrollment(lab);
    expect(third.keyId).toBe(second.keyId);
    expect(third.certificate.raw).not.toEqual(second.certificate.raw);

    const card = await shownByCards();
    expect(card.keys).toEqual([{ id: third.keyId, label: 'alice@lab.test', type: keyType }]);
    expect(card.certificates).toMatchObject([{ keyId: third.keyId, label: 'alice@lab.test', daysLeft: 364, strongMapping: true }]);

    const exchanges = lab.log().length;
    const again = await lab.enroll(['--key-type', keyType]);
    expect([again.code, again.json().result.status]).toEqual([0, 'unchanged']);
    expect(lab.log()).toHaveLength(exchanges);
    expect(lab.submissions()).toBe(3);
  });
});

test.each([
  ['p384', 'secp384r1'],
  ['rsa3072', 3072],
])('a %s key is made and certified', async (keyType, size) => {
  const result = await lab.enroll(['--key-type', keyType]);
  expect(result.code, result.stderr).toBe(0);
  const details = expectOneEnrollment(lab).certificate.publicKey.asymmetricKeyDetails;
  expect(details?.namedCurve ?? details?.modulusLength).toBe(size);
});

test('the old key stays unless an unattended run says otherwise, and the old certificate is in a file', async () => {
  await lab.enroll(['--key-type', 'p256']);
  const old = expectOneEnrollment(lab);
  const result = await lab.enroll(['--key-type', 'p256', '--replace']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('stays on the card');
  const [replaced, ...others] = result.json().result.replaced;
  expect(others).toEqual([]);
  expect(replaced).toMatchObject({
    keyRemoved: false,
    keyId: old.keyId,
    keyKeptFor: 'decryption',
    sha256: old.certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  });
  expect(new X509Certificate(readFileSync(replaced.savedTo)).raw).toEqual(old.certificate.raw);
  expect(replaced.savedTo.startsWith(join(lab.dir, 'config', 'saved'))).toBe(true);
  expect(statSync(replaced.savedTo).mode & 0o777).toBe(0o600);
  const objects = cardObjects(lab.token);
  expect(objects.filter(({ kind }) => kind === 'certificate')).toHaveLength(1);
  expect(objects.filter(({ kind, id }) => kind === 'private key' && id === old.keyId)).toHaveLength(1);
  expect(objects).toHaveLength(5);
});

test('a person reads where the old certificate is and what became of its key', async () => {
  await lab.enroll(['--key-type', 'p256', '--template', 'SmartcardSignIn']);
  const result = await lab.run(['enroll', '--no-input', '--yes', '--key-type', 'p256', '--template', 'SmartcardSignIn', '--replace']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stdout).toMatch(/the old certificate is saved in \S+\.pem; its key was removed/);
  expectOneEnrollment(lab);
});

test('a person reads which old key stays, and why', async () => {
  await lab.enroll(['--key-type', 'p256']);
  const { keyId } = expectOneEnrollment(lab);
  const result = await lab.run(['enroll', '--no-input', '--yes', '--key-type', 'p256', '--replace']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stdout).toContain(`; its key ${keyId} stays on the card: what was encrypted to it can still be read`);
});

test('an existing key is taken by its id where there are several', async () => {
  await lab.enroll(['--key-type', 'p256']);
  const first = expectOneEnrollment(lab);
  await lab.enroll(['--key-type', 'rsa2048', '--replace']);
  const unclear = await lab.enroll(['--key', 'existing', '--replace']);
  expect(unclear.code).toBe(2);
  expect(unclear.json().error).toMatchObject({ code: 'INPUT_REQUIRED', hint: 'give --key-id' });
  const unknown = await lab.enroll(['--key-id', 'abcd', '--replace']);
  expect([unknown.code, unknown.json().error.code]).toEqual([3, 'KEY_NOT_FOUND']);
  expect(unknown.json().error.message).toContain('abcd');
  const result = await lab.enroll(['--key-id', first.keyId.toUpperCase(), '--replace', '--delete-old-key']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result.key).toEqual({ id: first.keyId, type: 'p256' });
  expect(expectOneEnrollment(lab).keyId).toBe(first.keyId);
});

test('--hash sha1 works and is warned of', async () => {
  const result = await lab.enroll(['--key-type', 'rsa2048', '--hash', 'sha1']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('warning: SHA-1 is outdated');
  expectOneEnrollment(lab);
});

test('--dry-run shows the request and changes neither card nor journal nor CA', async () => {
  const result = await lab.enroll(['--dry-run', '--key-type', 'p384', '--replace', '--name', 'Kim']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result).toMatchObject({
    status: 'planned',
    request: {
      template: 'SmartcardUser',
      upn: 'alice@lab.test',
      keyType: 'p384',
      hash: 'sha384',
      name: 'Kim',
      replace: true,
      format: 'PKCS#10',
    },
  });
  expect(lab.submissions()).toBe(0);
  expect(lab.log().filter((entry) => entry.event === 'http' && entry.method !== 'GET')).toEqual([]);
  expectUntouched(lab);
});

test.each([
  ['Zoë Müller 日本', 'Zoë Müller 日本'],
  ['Kim\r\nCertificateTemplate:Administrator', 'Kim CertificateTemplate:Administrator'],
])('the friendly name %j becomes the label %j', async (name, label) => {
  const result = await lab.enroll(['--key-type', 'p256', '--name', name]);
  expect(result.code, result.stderr).toBe(0);
  expectOneEnrollment(lab);
  expect(cardObjects(lab.token)[0]?.label).toBe(label);
});

test('a line break in the template smuggles no second attribute into the request', async () => {
  const result = await lab.enroll(['--key-type', 'p256', '--template', 'SmartcardSignIn\r\nCertificateTemplate:SmartcardUser']);
  expect([result.code, result.json().error.code]).toEqual([7, 'CA_DENIED']);
  expectUntouched(lab);
});

test('French pages are understood', async () => {
  lab.faults('french');
  const result = await lab.enroll(['--key-type', 'p256']);
  expect(result.code, result.stderr).toBe(0);
  expectOneEnrollment(lab);
});

test('a certificate without strong mapping is installed, and said to be refused by current domain controllers', async () => {
  lab.faults('weak-mapping');
  const result = await lab.enroll(['--key-type', 'p256']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toMatch(/strong mapping {2}no \(.*KB5014754\)/);
  expect(result.json().result.certificate.strongMapping).toBe(false);
});
