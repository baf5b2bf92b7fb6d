/** Logging on with a Kerberos ticket where the optional package kerberos is not installed. */
import { expect, test, vi } from 'vitest';
import { negotiateScheme } from '../../../../src/http/auth/negotiate.js';
import { failure } from '../../../support/failure.js';

const url = new URL('https://ca.example/certsrv/');

vi.mock('kerberos', () => {
  throw new Error('Cannot find module');
});

test('a logon that needs it names it, and the other way to log on', async () => {
  const error = await failure(Promise.resolve(negotiateScheme({ required: true }).begin(url)));
  expect([error.code, error.hint]).toEqual(['ADDON_MISSING', 'npm install -g kerberos@7, or log on with name and password: --auth ntlm']);
});

test('a logon that can do without passes this way over', async () => {
  expect(await negotiateScheme({ required: false }).begin(url)).toBeUndefined();
});
