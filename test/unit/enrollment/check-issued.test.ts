import { expect, test } from 'vitest';
import { checkIssued, type IssuedCheck } from '../../../src/enrollment/check-issued.js';
import type { CertificateContent } from '../../../src/x509/issue-certificate.js';
import { OID } from '../../../src/x509/oids.js';
import { inDays, issueTo, NOW, newCa, newKey, read, softwareSigner, spki } from './parts.js';

const ca = newCa();
const key = newKey();
const other = newKey();

/** Checks a certificate for our key, with `content` and `check` changed. */
function check(content: Partial<CertificateContent> = {}, changes: Partial<IssuedCheck> = {}): Promise<void> {
  const certificate = read(issueTo(spki(key), ca, content));
  return checkIssued(certificate, { signer: softwareSigner(key), issuers: [ca.certificate], now: NOW, upn: 'alice@lab.test', ...changes });
}

test.each<[string, Partial<CertificateContent>, Partial<IssuedCheck>]>([
  ['as ordered', {}, {}],
  ['whose user is written in another case', { upn: 'Alice@LAB.test' }, {}],
  ['without a user where a person confirms it', { upn: undefined as never }, { upn: undefined }],
  ['from a CA whose clock is four minutes ahead', { notBefore: new Date(NOW.getTime() + 4 * 60 * 1000) }, {}],
  ['for any purpose', { extendedKeyUsage: [OID.anyExtendedKeyUsage] }, {}],
  ['without named purposes', { extendedKeyUsage: undefined as never }, {}],
  ['by one of several issuers', {}, { issuers: [newCa().certificate, ca.certificate] }],
])('a certificate %s is accepted', async (_what, content, changes) => {
  await expect(check(content, changes)).resolves.toBeUndefined();
});

test.each<[string, Partial<CertificateContent>, Partial<IssuedCheck>]>([
  ["it is for another key than the card's", { publicKey: spki(other) }, {}],
  ['the card could not prove that it holds its key', {}, { signer: softwareSigner(other, spki(key)) }],
  ['it is the certificate of a CA', { isCa: true }, {}],
  ['it expired on 2026-05-31', { notBefore: inDays(-30), notAfter: inDays(-0.5) }, {}],
  ['it is valid only from 2026-06-01T00:06', { notBefore: new Date(NOW.getTime() + 6 * 60 * 1000) }, {}],
  ['it is not made for client authentication', { extendedKeyUsage: [OID.smartcardLogon] }, {}],
  ['it is for another user: bob@lab.test instead of alice@lab.test', { upn: 'bob@lab.test' }, {}],
  ['it is for another user: nobody', { upn: undefined as never }, {}],
])('refused: %s', async (words, content, changes) => {
  const refusal = { code: 'CERTIFICATE_REFUSED', message: expect.stringContaining(words) };
  await expect(check(content, changes)).rejects.toMatchObject(refusal);
});

test.each([[[newCa().certificate]], [[]]])('an issuer that is not among those known may be named yet', async (issuers) => {
  await expect(check({}, { issuers })).rejects.toMatchObject({
    code: 'ISSUER_UNKNOWN',
    message: expect.stringContaining('its issuer CN=Test CA'),
  });
});
