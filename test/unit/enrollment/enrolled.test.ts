import { expect, test } from 'vitest';
import { type EnrolledAs, findEnrolled } from '../../../src/enrollment/enrolled.js';
import type { CertificateEntry, KeyEntry } from '../../../src/pkcs11/types.js';
import type { CertificateContent } from '../../../src/x509/issue-certificate.js';
import { OID } from '../../../src/x509/oids.js';
import { inDays, issueTo, NOW, newCa, newKey, spki } from './parts.js';

const ca = newCa();
const publicKey = spki(newKey());
const key: KeyEntry = {
  id: Buffer.from('01', 'hex'),
  label: 'key',
  type: 'p256',
  publicKey,
  alwaysAuthenticate: false,
  canDecrypt: false,
  hasPrivate: true,
  hasPublic: true,
};
const alice: EnrolledAs = { upn: 'alice@lab.test' };

/** On the card under another CKA_ID than its key: pairs are made by public key. */
function entry(der: Buffer): CertificateEntry {
  return { id: Buffer.from('ff', 'hex'), label: 'certificate', der, handle: Buffer.alloc(8) };
}

function find(content: Partial<CertificateContent>, wanted = alice, keys = [key]) {
  return findEnrolled([entry(Buffer.from('not a certificate')), entry(issueTo(publicKey, ca, content))], keys, wanted, NOW);
}

test.each<[string, Partial<CertificateContent>, EnrolledAs]>([
  ['of the right user', {}, alice],
  ['of any user where none is named', { upn: 'bob@lab.test' }, {}],
  ['with the template in another case', {}, { ...alice, template: 'smartcarduser' }],
  [
    'of a version 2 template, whose OID tells no name',
    { template: { oid: '1.3.6.1.4.1.311.21.8.1', major: 100, minor: 1 } },
    { template: 'Any' },
  ],
  ['that lives a month and has twenty days left', { notBefore: inDays(-10), notAfter: inDays(20) }, alice],
  ['for smart card logon only', { extendedKeyUsage: [OID.smartcardLogon] }, alice],
])('a certificate %s makes an enrollment needless', (_what, content, wanted) => {
  expect(find(content, wanted)).toMatchObject({ key: { id: key.id }, certificate: { subject: 'CN=Alice' } });
});

test.each<[string, Partial<CertificateContent>, EnrolledAs]>([
  ['of another user', { upn: 'bob@lab.test' }, alice],
  ['of another template', {}, { ...alice, template: 'SmartcardLogon' }],
  ['that expired', { notBefore: inDays(-400), notAfter: inDays(-1) }, alice],
  ['that is not valid yet', { notBefore: inDays(1) }, alice],
  ['that is due in less than thirty days', { notBefore: inDays(-300), notAfter: inDays(29) }, alice],
  ['with less than a third of a short life left', { notBefore: inDays(-21), notAfter: inDays(9) }, alice],
  ['for mail only', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }, alice],
  ['that names no user', { upn: undefined as never }, {}],
])('a certificate %s does not', (_what, content, wanted) => {
  expect(find(content, wanted)).toBeUndefined();
});

test('a certificate whose key is not on the card does not', () => {
  expect(find({}, alice, [])).toBeUndefined();
  expect(find({}, alice, [{ ...key, publicKey: spki(newKey()) }])).toBeUndefined();
});
