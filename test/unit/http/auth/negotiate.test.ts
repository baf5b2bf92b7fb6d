/** Logging on with a Kerberos ticket where that is not possible: the package is missing, or there is no ticket. */
import { afterEach, expect, test, vi } from 'vitest';
import { negotiateScheme } from '../../../../src/http/auth/negotiate.js';
import { failure } from '../../../support/failure.js';

const url = new URL('https://ca.example/certsrv/');
let initializeClient: () => Promise<unknown>;

vi.mock('kerberos', () => ({ default: { GSS_MECH_OID_SPNEGO: 6, initializeClient: () => initializeClient() } }));

afterEach(() => {
  initializeClient = () => Promise.reject(new Error('not set'));
});

test('without a ticket, a logon that needs one says what is missing', async () => {
  initializeClient = async () => ({ step: () => Promise.reject(new Error('No credentials were supplied\nand more')) });
  const error = await failure(Promise.resolve(negotiateScheme({ required: true }).begin(url)));
  expect([error.code, error.message]).toEqual([
    'LOGON_UNSUPPORTED',
    'there is no Kerberos ticket for HTTP/ca.example: No credentials were supplied',
  ]);
  expect(error.details).toEqual({ requestSent: false });
});

test('without a ticket, a logon that can do without passes this way over', async () => {
  initializeClient = async () => ({ step: () => Promise.reject(new Error('No credentials were supplied')) });
  expect(await negotiateScheme({ required: false }).begin(url)).toBeUndefined();
});

test('the ticket is the first round, and the request goes with it', async () => {
  const asked: string[] = [];
  initializeClient = async () => ({
    step: async (challenge: string) => {
      asked.push(challenge);
      return challenge === '' ? Buffer.from('ticket').toString('base64') : '';
    },
  });
  const conversation = await negotiateScheme({ required: true }).begin(url);
  expect(await conversation?.next(undefined, undefined)).toEqual({ token: Buffer.from('ticket'), last: true });
  expect(await conversation?.next(Buffer.from('answer'), undefined)).toBeUndefined();
  expect(asked).toEqual(['', Buffer.from('answer').toString('base64')]);
});
