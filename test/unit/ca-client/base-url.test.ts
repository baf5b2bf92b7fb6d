import { expect, test } from 'vitest';
import { certsrvBase } from '../../../src/ca-client/base-url.js';

test.each([
  ['https://ca.contoso.test', 'https://ca.contoso.test/certsrv'],
  ['https://ca.contoso.test/', 'https://ca.contoso.test/certsrv'],
  ['ca.contoso.test', 'https://ca.contoso.test/certsrv'],
  [' ca.contoso.test:8443 ', 'https://ca.contoso.test:8443/certsrv'],
  ['https://ca.contoso.test/certsrv/', 'https://ca.contoso.test/certsrv'],
  ['https://ca.contoso.test/certsrv/default.asp', 'https://ca.contoso.test/certsrv'],
  ['https://ca.contoso.test/pki/ca1', 'https://ca.contoso.test/pki/ca1'],
  ['HTTPS://CA.contoso.test/CertSrv', 'https://ca.contoso.test/CertSrv'],
])('%j means %s', (text, expected) => {
  expect(certsrvBase(text).href).toBe(expected);
});

test.each([
  ['http://ca.contoso.test/certsrv', 'not https'],
  ['ftp://ca.contoso.test', 'not https'],
  ['https://kim:geheim@ca.contoso.test', 'user name'],
  ['https://ca.contoso.test/certsrv?x=1', 'query'],
  ['https://ca.contoso.test/certsrv#top', 'fragment'],
  ['', 'not the address'],
  ['https://', 'not the address'],
])('%j is refused', (text, why) => {
  expect(() => certsrvBase(text)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(why) }));
});

test('a password in the address is not repeated in the error', () => {
  expect(() => certsrvBase('https://kim:geheim@ca.contoso.test')).not.toThrow(/geheim/);
});
