import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.js';
import { chooseImport, type Expected } from '../../../src/enrollment/import-choice.js';
import type { Handout } from '../../../src/enrollment/import-file.js';
import { readCertificate } from '../../../src/x509/certificate.js';
import type { CertificateContent } from '../../../src/x509/issue-certificate.js';
import { ended, type Handed, handOut, handoutCa } from '../../support/handout.js';

const ca = handoutCa();
const UPN = 'kim@contoso.com';
const kim = handOut(ca, 'p256');
const kimLater = handOut(ca, kim.key, { notBefore: new Date(Date.now() - 3600_000) });
const kimElsewhere = handOut(ca, 'p256');
const bob = handOut(ca, 'p256', { upn: 'bob@contoso.com' });
const expired = handOut(ca, 'p256', ended(2));

/** @param answer - which of the offered a person takes; nobody is there without it */
function choose(handed: Handed[], keys: Handed[], expected: Partial<Expected> = {}, answer?: number) {
  const offered: string[] = [];
  const select = async ({ choices }: { choices: { value: unknown; label: string }[] }) => {
    offered.push(...choices.map(({ label }) => label));
    return choices[answer ?? 0]?.value;
  };
  const context = { now: () => new Date(), prompter: { interactive: answer !== undefined, select } } as unknown as Context;
  const certificates = [...handed.map(({ certificate }) => certificate), ca.certificate].map(readCertificate);
  const handout: Handout = { file: 'kim.pfx', certificates, keys: keys.map(({ key }) => key), keyAsText: false };
  return { offered, chosen: chooseImport(context, handout, { upn: UPN, issuers: undefined, ...expected }) };
}

test.each<[string, Handed[], Handed[], Handed]>([
  ['the only one', [kim], [kim], kim],
  ['the one that has its key in the file', [kim, kimElsewhere], [kimElsewhere], kimElsewhere],
  ['the one of the user', [bob, kim], [bob, kim], kim],
  ['the one that is valid', [expired, kim], [expired, kim], kim],
  ['the newest that one key was given', [kim, kimLater], [kim], kimLater],
  ['among certificates alone, the one of the user', [bob, kim], [], kim],
])('%s is taken', async (_what, handed, keys, taken) => {
  const { certificate, key } = await choose(handed, keys).chosen;
  expect(certificate.der).toEqual(taken.certificate);
  expect(key === undefined).toBe(keys.length === 0);
  if (key !== undefined) expect(createPublicKey(key).equals(createPublicKey(taken.key))).toBe(true);
});

test('where two keys could sign in a person chooses; unattended it is an error that lists them', async () => {
  const asked = choose([kim, kimElsewhere], [kim, kimElsewhere], {}, 1);
  const { certificate } = await asked.chosen;
  expect(asked.offered).toHaveLength(2);
  expect([kim.certificate, kimElsewhere.certificate]).toContainEqual(certificate.der);
  await expect(choose([kim, kimElsewhere], [kim, kimElsewhere]).chosen).rejects.toMatchObject({
    code: 'INPUT_REQUIRED',
    message: expect.stringMatching(/^kim\.pfx holds 2 certificates that can sign in: kim@contoso\.com, from CN=Handing CA, .*; kim@/),
  });
});

test('users are not told apart by the case of their names', async () => {
  expect((await choose([kim], [kim], { upn: UPN.toUpperCase() }).chosen).certificate.der).toEqual(kim.certificate);
});

test.each<[string, Partial<CertificateContent>, string]>([
  ['ended', ended(3), 'it expired on '],
  ['not begun', { notBefore: new Date(Date.now() + 3600_000) }, 'it is valid only from '],
  ['for another user', { upn: 'bob@contoso.com' }, `it is for another user: bob@contoso.com instead of ${UPN}`],
  ['for no user', { upn: undefined as never }, 'it is for another user: nobody'],
  ['for another purpose', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }, 'it is not made for client authentication'],
  ['of an authority', { isCa: true }, 'it is the certificate of a CA'],
])('a certificate that is %s is refused', async (_what, content, reason) => {
  const one = handOut(ca, 'p256', content);
  await expect(choose([one], [one]).chosen).rejects.toMatchObject({
    code: 'CERTIFICATE_REFUSED',
    message: expect.stringContaining(`the certificate in kim.pfx is not imported: ${reason}`),
  });
});

test.each([
  ['rsa1024', 'rsa 1024'],
  ['p521', 'ec secp521r1'],
] as const)('a key of the type %s is refused, and named', async (kind, name) => {
  const one = handOut(ca, kind);
  await expect(choose([one], [one]).chosen).rejects.toMatchObject({
    code: 'CARD_UNSUPPORTED',
    message: `the key in kim.pfx (${name}) cannot be put onto a card`,
  });
});

test.each<[string, Handed[], Handed[], string]>([
  ['of several each fault is', [bob, expired], [], 'that of bob@contoso.com: it is for another user'],
  ['an authority alone is told as one', [], [], 'the certificate in kim.pfx is not imported: it is the certificate of a CA'],
  ['no certificate for the key', [kim], [bob], 'no certificate in it is for the private key in it'],
])('%s', async (_what, handed, keys, message) => {
  await expect(choose(handed, keys).chosen).rejects.toMatchObject({
    code: 'CERTIFICATE_REFUSED',
    message: expect.stringContaining(message),
  });
});

test('the issuer is looked at where somebody names one', async () => {
  await expect(choose([kim], [kim], { issuers: [ca.certificate] }).chosen).resolves.toBeDefined();
  await expect(choose([kim], [kim], { issuers: [handoutCa().certificate] }).chosen).rejects.toMatchObject({
    code: 'ISSUER_UNKNOWN',
    message: expect.stringContaining('its issuer CN=Handing CA is not among those of --issuer-ca'),
  });
  await expect(choose([kim], [kim], { issuers: [] }).chosen).rejects.toMatchObject({ code: 'ISSUER_UNKNOWN' });
});
