import { beforeAll, expect, test } from 'vitest';
import { isIssuedBy, issuerAmong } from '../../../src/x509/trust.js';
import { CA_EXTENSIONS, issuedBy, type Sample, selfSigned } from './certificate-samples.js';

let root: Sample;
let leaf: Sample;

beforeAll(() => {
  root = selfSigned('rsa', '/CN=Root', CA_EXTENSIONS);
  leaf = issuedBy(root, 'ec', '/CN=Kim', ['keyUsage=digitalSignature']);
});

test('a certificate is known to be issued by the CA that signed it', () => {
  expect(isIssuedBy(leaf.der, root.der)).toBe(true);
  expect(isIssuedBy(root.der, root.der)).toBe(true);
});

test('a CA of the same name with another key did not issue it', () => {
  expect(isIssuedBy(leaf.der, selfSigned('rsa', '/CN=Root', CA_EXTENSIONS).der)).toBe(false);
});

test('a certificate that is no CA has issued nothing, though its key signed', () => {
  const end = selfSigned('ec', '/CN=End', ['basicConstraints=CA:FALSE']);
  expect(isIssuedBy(issuedBy(end, 'ec', '/CN=Kim').der, end.der)).toBe(false);
});

test('a certificate that was changed is issued by nobody', () => {
  const changed = Buffer.from(leaf.der);
  changed.write('Tim', changed.indexOf('Kim'));
  expect(isIssuedBy(changed, root.der)).toBe(false);
});

test('bytes that are no certificate are issued by nobody', () => {
  expect(isIssuedBy(Buffer.from('x'), root.der)).toBe(false);
  expect(isIssuedBy(leaf.der, Buffer.from('x'))).toBe(false);
});

test('the issuer is picked from several', () => {
  const other = selfSigned('ec', '/CN=Other', CA_EXTENSIONS);
  expect(issuerAmong(leaf.der, [other.der, root.der])).toEqual(root.der);
  expect(issuerAmong(leaf.der, [other.der])).toBeUndefined();
});
