/** Which certificate of a card signs in: decided without a question wherever only one can be meant. */
import { expect, test } from 'vitest';
import { chooseCertificate, keyOf } from '../../../src/card-access/choose-certificate.js';
import { lockedIdentity } from '../../../src/card-access/locked-identity.js';
import type { Context } from '../../../src/context.js';
import { installCertificate } from '../../../src/pkcs11/certificates.js';
import { generateKeyPair, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import type { CertificateContent } from '../../../src/x509/issue-certificate.js';
import { OID } from '../../../src/x509/oids.js';
import { openCard } from '../../support/card.js';
import { failure } from '../../support/failure.js';
import { inDays, issueTo, NOW, newCa, read } from '../enrollment/parts.js';

const ca = newCa();

/** A context whose person takes the choice with this number; without one nobody is there. */
function contextOf(answer?: number, asked: string[] = [], told: string[] = []): Context {
  const select = async ({ choices }: { choices: { value: unknown; label: string }[] }) => {
    asked.push(...choices.map(({ label }) => label));
    return choices[answer ?? -1]?.value;
  };
  const log = { verbose: (text: string) => told.push(text) };
  return { now: () => NOW, prompter: { interactive: answer !== undefined, select }, log } as unknown as Context;
}

/** Puts a certificate with `changes` on the card, with a key of its own unless the CKA_ID of another one is given. */
async function add(
  session: CardSession,
  changes: Omit<Partial<CertificateContent>, 'upn'> & { upn?: string | undefined } = {},
  keyId?: string,
): Promise<string> {
  const known = listKeys(session).find((key) => key.id.toString('hex') === keyId);
  const { id, publicKey } = known ?? (await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' }));
  const der = issueTo(publicKey as Buffer, ca, changes as Partial<CertificateContent>);
  const { subjectDer, issuerDer, serialNumberDer } = read(der);
  installCertificate(session, { der, id, label: 'c', subject: subjectDer, issuer: issuerDer, serialNumber: serialNumberDer });
  return id.toString('hex');
}

test('the only one that fits is taken without a question', async () => {
  const card = openCard();
  const session = card.openLoggedIn();
  await add(session, { notAfter: inDays(-1), notBefore: inDays(-30), upn: 'old@lab.test' });
  const id = await add(session);
  const chosen = await chooseCertificate(contextOf(), session, {});
  expect([chosen.info.upn, chosen.entry.id.toString('hex')]).toEqual(['alice@lab.test', id]);
  expect(keyOf(session, chosen)).toMatchObject({ hasPrivate: true, publicKey: chosen.info.publicKey });
});

test('of several that of the address is taken', async () => {
  const session = openCard().openLoggedIn();
  await add(session, { upn: 'admin@lab.test' });
  await add(session, { upn: 'Alice@lab.test' });
  expect((await chooseCertificate(contextOf(), session, { address: 'alice@lab.test' })).info.upn).toBe('Alice@lab.test');
});

test('several that fit are a question, and --key-id where nobody can be asked', async () => {
  const session = openCard().openLoggedIn();
  const older = await add(session, { notBefore: inDays(-20) });
  const newer = await add(session);
  const asked: string[] = [];
  const chosen = await chooseCertificate(contextOf(1, asked), session, {});
  expect(asked.map((label) => /key (\w+)/.exec(label)?.[1])).toEqual([newer, older]);
  expect(chosen.entry.id.toString('hex')).toBe(older);
  expect((await chooseCertificate(contextOf(), session, { keyId: newer })).entry.id.toString('hex')).toBe(newer);
  expect(await failure(chooseCertificate(contextOf(), session, {}))).toMatchObject({
    code: 'INPUT_REQUIRED',
    message: `card "Test card" has 2 certificates that can sign in: ${asked.join('; ')}`,
    hint: 'give --key-id HEX',
    details: { candidates: [newer, older].map((keyId) => ({ keyId, upn: 'alice@lab.test', issuer: 'CN=Test CA' })) },
  });
});

test('of several that one key was given for one user the newest valid one is taken without a question', async () => {
  const session = openCard().openLoggedIn();
  const key = await add(session, { notBefore: inDays(-20), notAfter: inDays(30) });
  await add(session, { notBefore: inDays(-10), notAfter: inDays(100), upn: 'Alice@lab.test' }, key);
  await add(session, { notBefore: inDays(1) }, key);
  for (const answer of [undefined, 0]) {
    const told: string[] = [];
    const { info } = await chooseCertificate(contextOf(answer, [], told), session, {});
    expect(info.notAfter).toEqual(inDays(100));
    expect(told).toEqual(['the certificate of alice@lab.test until 2026-07-01 is left aside: one until 2026-09-09 has renewed it']);
  }
});

test('one key with certificates of two users: the address says which', async () => {
  const session = openCard().openLoggedIn();
  const key = await add(session);
  await add(session, { upn: 'admin@lab.test' }, key);
  expect(await failure(chooseCertificate(contextOf(), session, { keyId: key }))).toMatchObject({
    code: 'INPUT_REQUIRED',
    hint: 'give the address of the one that is meant',
  });
  expect((await chooseCertificate(contextOf(), session, { address: 'admin@lab.test' })).info.upn).toBe('admin@lab.test');
});

test('when none fits the reason of each is named', async () => {
  const session = openCard().openLoggedIn();
  expect(await failure(chooseCertificate(contextOf(), session, {}))).toMatchObject({
    code: 'NO_CERTIFICATE',
    message: 'card "Test card" has no certificate that can sign in',
    hint: 'lyncauth enroll',
  });
  await add(session, { upn: 'old@lab.test', notBefore: inDays(-30), notAfter: inDays(-1) });
  await add(session, { upn: 'new@lab.test', notBefore: inDays(1) });
  await add(session, { upn: 'mail@lab.test', extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] });
  await add(session, { upn: undefined });
  const { message } = await failure(chooseCertificate(contextOf(), session, {}));
  for (const reason of [
    'that of old@lab.test expired on 2026-05-31',
    'that of new@lab.test is valid from 2026-06-02 only',
    'that of mail@lab.test is not for signing in',
    'that of CN=Alice names no user (no user principal name)',
  ])
    expect(message).toContain(reason);
});

test.each([
  ['smart card logon', [OID.smartcardLogon]],
  ['client authentication', [OID.clientAuth]],
  ['any purpose', [OID.anyExtendedKeyUsage]],
])('a certificate for %s fits', async (_name, extendedKeyUsage) => {
  const session = openCard().openLoggedIn();
  await add(session, { extendedKeyUsage });
  expect((await chooseCertificate(contextOf(), session, {})).info.upn).toBe('alice@lab.test');
});

test('before the PIN the identity says what it is and signs nothing', async () => {
  const session = openCard().openLoggedIn();
  await add(session);
  const { certificate, signer } = lockedIdentity(await chooseCertificate(contextOf(), session, {}));
  expect(read(Buffer.from(certificate)).upn).toBe('alice@lab.test');
  expect([signer.supports('ecdsa'), signer.supports('rsa-pkcs1')]).toEqual([true, false]);
  const scheme = { kind: 'ecdsa', hash: 'sha256' } as const;
  expect(() => signer.signSync(Buffer.from('x'), scheme)).toThrow('before its PIN was given');
  await expect(signer.sign(Buffer.from('x'), scheme)).rejects.toThrow('before its PIN was given');
});
