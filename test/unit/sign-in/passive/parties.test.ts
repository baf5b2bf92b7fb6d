/** Where the certificate may be shown. */
import { expect, test } from 'vitest';
import { createParties } from '../../../../src/sign-in/passive/parties.js';

const POOL = new URL('https://pool.lab.test/PassiveAuth/');
const trust = { assertTrusted: async () => {} };
const takes = (sts: string, url: string) => createParties(POOL, new URL(sts), trust).takesCertificate(new URL(url));

test.each([
  ['https://sts.lab.test/adfs/ls/', 'https://certauth.sts.lab.test/adfs/ls/?x=1'],
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test:49443/adfs/ls/?x=1'],
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test/adfs/ls/auth/sslclient/?x=1'],
  ['https://sts.lab.test/adfs/ls/', 'https://STS.lab.test:443/ADFS/LS/Auth/SslClient/?x=1'],
  ['https://sts.lab.test:8443/adfs/ls/', 'https://sts.lab.test:49443/adfs/ls/'],
])('with AD FS at %s: at %s', (sts, url) => {
  expect(takes(sts, url)).toBe(true);
});

test.each([
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test/adfs/ls/'],
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test/adfs/ls/auth/sslclient/../../x'],
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test/adfs/ls/auth/sslclient/%2e%2e/'],
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test/x/adfs/ls/auth/sslclient/'],
  ['https://sts.lab.test/adfs/ls/', 'https://sts.lab.test/?/adfs/ls/auth/sslclient/'],
  ['https://sts.lab.test/adfs/ls/', 'https://certauth.lab.test/adfs/ls/'],
  ['https://sts.lab.test/adfs/ls/', 'https://certauth.sts.lab.test.evil.test/adfs/ls/'],
  ['https://sts.lab.test/adfs/ls/', 'https://evilcertauth.sts.lab.test/adfs/ls/'],
  ['https://sts.lab.test/adfs/ls/', 'https://pool.lab.test:49443/adfs/ls/'],
  ['https://sts.lab.test/adfs/ls/', 'https://x.certauth.sts.lab.test/adfs/ls/'],
  ['https://sts.lab.test:8443/adfs/ls/', 'https://sts.lab.test:8443/adfs/ls/'],
  ['https://sts.lab.test:8443/adfs/ls/', 'https://sts.lab.test/adfs/ls/'],
])('with AD FS at %s: not at %s', (sts, url) => {
  expect(takes(sts, url)).toBe(false);
});
