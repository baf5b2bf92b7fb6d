import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.js';
import { type Asn1Node, child, children, octets, parseAsn1, raw } from '../../../src/x509/asn1.js';
import { bundleCertificates } from '../../../src/x509/issue-bundle.js';
import { isPkcs12, openPkcs12 } from '../../../src/x509/pkcs12.js';
import { type Handed, handOut, handoutCa, keyPem, pem, pfx } from '../../support/handout.js';
import { openssl } from '../../support/openssl.js';

const ca = handoutCa();
const rsa = handOut(ca, 'rsa2048');
const ec = handOut(ca, 'p256');

const LEGACY = ['-legacy'];
const WINDOWS = [
  '-provider',
  'legacy',
  '-provider',
  'default',
  '-keypbe',
  'PBE-SHA1-3DES',
  '-certpbe',
  'PBE-SHA1-RC2-40',
  '-macalg',
  'sha1',
];
const AES128 = ['-keypbe', 'aes-128-cbc', '-certpbe', 'aes-192-cbc', '-macalg', 'sha512'];

/** Made by `keytool -genkeypair -keyalg EC -storetype PKCS12 -storepass changeit -dname CN=Kim`. */
const KEYTOOL = Buffer.from(
  [
    'MIID2gIBAzCCA4QGCSqGSIb3DQEHAaCCA3UEggNxMIIDbTCCASQGCSqGSIb3DQEHAaCCARUEggERMIIBDTCCAQkGCyqGSIb3DQEMCgECoIG9MIG6MGYGCSqGSIb3DQEFDT',
    'BZMDgGCSqGSIb3DQEFDDArBBTQcPjDyAM9dLHm9gWknJsi92LgXQICJxACASAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGnBrWi7XV702mfL6u0K1vIEUKF12AaA',
    'H+tLoAdOUpNLyrjHFGBfc5N/qIk189/FjDR4hBEKj591vt1mxewz7YrUDSP4QDZjcgcS62pOXZqIS42xPgK1bu47kytc7+85TL7aMTowFQYJKoZIhvcNAQkUMQgeBgBrAG',
    'kAbTAhBgkqhkiG9w0BCRUxFAQSVGltZSAxNzk1NDQ5NzUzMjM5MIICQQYJKoZIhvcNAQcGoIICMjCCAi4CAQAwggInBgkqhkiG9w0BBwEwZgYJKoZIhvcNAQUNMFkwOAYJ',
    'KoZIhvcNAQUMMCsEFJ4yYXEVN0SdKlOAo6L/psLrEobrAgInEAIBIDAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQ8hO8yka7dWIBzTfuA4bT44CCAbDqA6NrEfL0KN',
    '3oS6EsHxIISoZMQsa5kYLjEbB0OAEkI0NoszGyuyMPJVsFMcxYlZYoCbkz5Ws+3dZ37mx1Yp8t4/b0oG+dMLKdjdgAm3Ezb3Ps/62FuCxRAGUHQAuQUk2/p+NxnF9M8ghd',
    '51kNIMmagS/s7mTR3ga2LKDlsXkwJJjEbqtXy7LNshs3qSv1lExrlojhP7SHJdkOeXFPSlGyi8T0tlgbtOn7FDEarQn6EQ4jPonUYWwulau4A5HMek/QAGHzUQ6kTJu7iU',
    '/lnI8uiDwuFxxQKLfp8xrh4eFQMmX2/MargIZPbwtQNnAWzmW3wWpihzL8fLmx+4St46YZrPRpBQW/Vjtbu5C5fm/Jql+MT2MH/JKzfpKpag1b+2TjiKLS0pw2cmGEigqB',
    'O79MIvg6z+cGuD406O0CXiQ6zBXkzUw43u5aujhASHHGeLTbXjhA74s8xRrMluxhfUZmvZU/0nkskhuI7E1Vnvm19l3N90ivnR+QMP6rrM+YuKvzSvo29gJrxEmOUy4GIl',
    '8CoWr/JOrj29oVQ5PGdfplI3dvqTSb/oJj2HIkUygcsCQwTTAxMA0GCWCGSAFlAwQCAQUABCDu/nbqLBHbTdhXinuVlOhNSvc8xutLHiyD2scJQkYeGgQUGtM8YNPG9044',
    'CPqugY6uT7gewSQCAicQ',
  ].join(''),
  'base64',
);

const open = (bytes: Buffer, password: string | undefined) => openPkcs12(bytes, password === undefined ? undefined : new Secret(password));
const spki = (key: KeyObject | undefined) => key && createPublicKey(key).export({ type: 'spki', format: 'der' });

function expectAll(bytes: Buffer, password: string | undefined, one: Handed, more: Uint8Array[] = []): void {
  expect(isPkcs12(bytes)).toBe(true);
  const found = open(bytes, password);
  expect(found?.certificates).toEqual([one.certificate, ...more.map((der) => Buffer.from(der))]);
  expect(found?.keys.map((key) => key.equals(one.key))).toEqual([true]);
}

describe.each([
  ['as openssl makes it', []],
  ['with -legacy', LEGACY],
  ['as Windows makes it', WINDOWS],
  ['with AES-128, AES-192 and SHA-512', AES128],
  ['with many iterations', ['-iter', '20000']],
  ['with the certificates in clear', ['-certpbe', 'NONE']],
  ['with all of it in clear', ['-certpbe', 'NONE', '-keypbe', 'NONE']],
  ['without a MAC', ['-nomac']],
])('a file %s', (_what, args) => {
  test.each([
    ['an RSA key', rsa],
    ['an EC key', ec],
  ])('gives %s and the very bytes of its certificates', (_kind, one) => {
    expectAll(pfx(one, 'correct horse', { args, more: [ca.certificate] }), 'correct horse', one, [ca.certificate]);
  });
});

test.each([[LEGACY], [[]], [WINDOWS]])('a password with letters outside of ASCII opens a file made with %j', (args) => {
  expectAll(pfx(ec, 'Grüße 日本', { args }), 'Grüße 日本', ec);
});

test.each([[LEGACY], [[]], [['-nomac']]])('another password opens nothing of a file made with %j', (args) => {
  const bytes = pfx(ec, 'right', { args });
  for (const password of ['wrong', 'Right', 'right ', '', undefined]) expect(open(bytes, password)).toBeUndefined();
});

test.each([[LEGACY], [[]]])('a file made with %j and an empty password opens without one', (args) => {
  expectAll(pfx(ec, '', { args }), undefined, ec);
});

test('several keys, keys alone and certificates alone are found', () => {
  const input = { 'both.pem': [rsa, ec].map(({ key, certificate }) => keyPem(key) + pem(certificate)).join('') };
  const alone = (args: string[], files: Record<string, string>) =>
    open(openssl(['pkcs12', '-export', '-passout', 'pass:x', ...args], { files }), 'x');
  const certificates = alone(['-nokeys', '-in', 'both.pem'], input);
  expect([certificates?.keys, certificates?.certificates]).toEqual([[], [rsa.certificate, ec.certificate]]);
  const key = alone(['-nocerts', '-inkey', 'key.pem', '-in', 'key.pem'], { 'key.pem': keyPem(rsa.key) });
  expect([key?.keys.map(spki), key?.certificates]).toEqual([[spki(rsa.key)], []]);
});

test("a file of Java's keytool opens", () => {
  const found = open(KEYTOOL, 'changeit');
  const certificate = new X509Certificate(found?.certificates[0] ?? '');
  expect([found?.keys.length, certificate.subject]).toEqual([1, 'CN=Kim']);
  expect(spki(found?.keys[0])).toEqual(certificate.publicKey.export({ type: 'spki', format: 'der' }));
});

test('a file in BER opens, with lengths that are left open and content in pieces', () => {
  const der = pfx(ec, 'x');
  const [, authSafe, macData] = children(parseAsn1(der));
  const content = octets(child(child(authSafe as Asn1Node, 1), 0));
  const pieces = [content.subarray(0, 100), content.subarray(100)].map((piece) =>
    Buffer.concat([Buffer.of(4, 0x82, piece.length >> 8, piece.length & 0xff), piece]),
  );
  const open80 = (tag: number, ...inside: Buffer[]) => Buffer.concat([Buffer.of(tag, 0x80), ...inside, Buffer.of(0, 0)]);
  const data = Buffer.from('06092a864886f70d010701', 'hex');
  const ber = open80(0x30, Buffer.of(2, 1, 3), open80(0x30, data, open80(0xa0, open80(0x24, ...pieces))), raw(macData as Asn1Node));
  expectAll(ber, 'x', ec);
});

test.each([
  ['RC2 with 128 bits', ['-keypbe', 'PBE-SHA1-RC2-128']],
  ['3DES with two keys', ['-keypbe', 'PBE-SHA1-2DES']],
  ['RC4', ['-keypbe', 'PBE-SHA1-RC4-128']],
  ['1.2.392.200011.61.1.1.1.4', ['-certpbe', 'camellia-256-cbc']],
  ['SHA-224', ['-macalg', 'sha224']],
])('what is protected with %s is refused by that name', (name, args) => {
  const bytes = pfx(ec, 'x', { args: ['-provider', 'legacy', '-provider', 'default', ...args] });
  const refused = { code: 'FILE_UNREADABLE', message: expect.stringContaining(`(${name}) is of a kind that lyncauth does not read`) };
  expect(() => open(bytes, 'x')).toThrow(expect.objectContaining(refused));
});

test('a file that would take minutes of iterations is refused before they are made', () => {
  const bytes = pfx(ec, 'x', { args: ['-iter', '65536'] });
  // the number of iterations of the MAC ends the file
  expect(bytes.subarray(-5)).toEqual(Buffer.of(2, 3, 1, 0, 0));
  bytes[bytes.length - 3] = 0x7f;
  const refused = { code: 'FILE_UNREADABLE', message: expect.stringContaining('takes more than 2000000 iterations') };
  expect(() => open(bytes, 'x')).toThrow(expect.objectContaining(refused));
});

test('without a password a file is derived for once where none and the empty one are the same', () => {
  // twice would be more than a file may cost
  const args = ['-iter', '1100000', '-certpbe', 'NONE', '-nomac'];
  expect(open(pfx(ec, 'x', { args }), undefined)).toBeUndefined();
  expectAll(pfx(ec, 'x', { args }), 'x', ec);
});

test('whatever is cut off, changed or no such file is an error or another password, and nothing else', () => {
  const bytes = pfx(ec, 'x', { args: ['-iter', '1', '-certpbe', 'NONE', '-nomac'] });
  for (let end = 0; end < bytes.length; end += 13)
    expect(() => open(bytes.subarray(0, end), 'x')).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  for (let place = 0; place < bytes.length; place += 11) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 0x55;
    try {
      open(changed, 'x');
    } catch (error) {
      expect(error).toMatchObject({ code: 'FILE_UNREADABLE' });
    }
  }
  expect(() => open(Buffer.alloc(1024 * 1024 + 1, 0x30), 'x')).toThrow('it is larger than 1 MiB');
});

test('certificates and bundles are told from a PKCS#12 file', () => {
  for (const bytes of [ec.certificate, bundleCertificates([ec.certificate]), Buffer.from(pem(ec.certificate)), Buffer.alloc(0)])
    expect(isPkcs12(bytes)).toBe(false);
});
