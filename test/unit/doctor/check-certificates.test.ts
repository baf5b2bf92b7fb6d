import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { certificates, keys } from '../../../src/doctor/check-certificates.js';
import type { CertificateFacts, KeyFacts } from '../../../src/doctor/facts.js';
import { readCertificate } from '../../../src/x509/certificate.js';
import { selfSigned } from '../../../src/x509/issue-certificate.js';
import { type Dates, userCertificate } from '../../support/user-certificate.js';
import { driverWith, facts } from './well.js';

const DAY_MS = 24 * 3600 * 1000;
const held = (id: string, value: Buffer): CertificateFacts => ({ keyId: id, label: id, der: value.toString('base64') });
const of = (id: string, dates: Omit<Dates, 'upn'>, upn = 'kim@contoso.com') => held(id, userCertificate({ upn, ...dates }).value);
const keyOf = ({ keyId, der }: CertificateFacts): KeyFacts => {
  const publicKey = readCertificate(Buffer.from(der, 'base64')).publicKey.toString('base64');
  return { id: keyId, label: keyId, type: 'p256', publicKey };
};
const judge = (...list: CertificateFacts[]) => certificates.run(facts({ now: new Date(), drivers: [driverWith({ certificates: list })] }));
const judgeKeys = (list: CertificateFacts[], pairs: KeyFacts[], open: string[] = []) =>
  keys.run(
    facts({
      drivers: [driverWith({ certificates: list, keys: pairs })],
      enrollments: open.map((keyId) => ({ step: 'submitted', keyId, ca: 'https://ca', card: { label: 'Kim', serial: '0a1b' } })),
    }),
  );

test.each([
  [31.5, 'ok', 'is valid until'],
  [30.5, 'warn', 'ends in 30 days'],
  [1.5, 'warn', 'ends in 1 day '],
  [0.5, 'warn', 'ends within a day'],
  [-0.5, 'fail', 'expired on'],
])('a certificate that ends in %d days is %s', (endsInDays, status, detail) => {
  expect(judge(of('0a', { endsInDays }))).toMatchObject([{ status, detail: expect.stringContaining(`that of kim@contoso.com ${detail}`) }]);
});

test('what a certificate has renewed is not told', () => {
  const [old, young] = [of('0a', { endsInDays: -5 }), of('0b', { endsInDays: 300 }, 'KIM@contoso.com')];
  expect(judge(old, young).map(({ status }) => status)).toEqual(['ok']);
  expect(judge(old, of('0b', { endsInDays: 300 }, 'sam@contoso.com')).map(({ status }) => status)).toEqual(['fail', 'ok']);
});

test('without a certificate that can sign in, enrolling is what mends it', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const dates = { notBefore: new Date(), notAfter: new Date(Date.now() + 300 * DAY_MS) };
  const authority = selfSigned({ subject: 'CN=Root', isCa: true, keyUsage: ['keyCertSign'], ...dates }, privateKey);
  for (const list of [[], [held('0a', authority)]])
    expect(judge(...list)).toMatchObject([
      { status: 'warn', detail: 'there is none that can sign in', fix: 'lyncauth enroll --card 0a1b' },
    ]);
});

test('bytes that are no certificate are a warning of their own', () => {
  expect(judge(of('0a', { endsInDays: 300 }), held('0b', Buffer.from('junk')))).toMatchObject([
    { status: 'ok' },
    { status: 'warn', detail: '"0b" (key 0b) cannot be read' },
  ]);
});

test('a key and its certificate belong together by public key, and by id where that is hidden', () => {
  const entry = of('0a', { endsInDays: 300 });
  expect(judgeKeys([entry], [{ ...keyOf(entry), id: 'ff' }])).toEqual([]);
  expect(judgeKeys([entry], [{ id: '0a', label: '', type: 'rsa2048' }])).toEqual([]);
});

test('a key without a certificate is a warning, unless an enrollment waits for it', () => {
  const lonely: KeyFacts = { id: '0c', label: '', type: 'rsa2048', publicKey: 'AAAA' };
  expect(judgeKeys([], [lonely])).toMatchObject([
    { status: 'warn', detail: 'a key has no certificate: 0c', fix: 'lyncauth enroll --key existing --key-id 0c --card 0a1b' },
  ]);
  expect(judgeKeys([], [lonely], ['0c'])).toEqual([]);
  expect(judgeKeys([], [{ ...lonely, type: 'other' }])).toEqual([]);
});

test('a certificate without a key is a warning where the card shows keys at all', () => {
  const [one, two] = [of('0a', { endsInDays: 300 }), of('0b', { endsInDays: 300 }, 'sam@contoso.com')];
  expect(judgeKeys([one, two], [keyOf(one)])).toMatchObject([
    { status: 'warn', detail: 'that of sam@contoso.com (key 0b) has no key in sight', fix: 'lyncauth enroll --replace --card 0a1b' },
  ]);
  expect(judgeKeys([one, two], [])).toEqual([]);
});
