import { expect, test } from 'vitest';
import { challengeOf, isOffered, offeredSchemes } from '../../../../src/http/auth/offers.js';

test.each([
  ['Negotiate, NTLM', ['Negotiate', 'NTLM']],
  ['Negotiate, NTLM, Basic realm="ca.contoso.test"', ['Negotiate', 'NTLM', 'Basic']],
  ['Basic realm="a, b", Digest realm="x", nonce="y"', ['Basic', 'Digest']],
  ['NTLM TlRMTVNTUAACAAAA==, Negotiate', ['NTLM', 'Negotiate']],
  ['basic', ['basic']],
  ['', []],
  [undefined, []],
])('the schemes of %j are %j', (header, expected) => {
  expect(offeredSchemes(header)).toEqual(expected);
});

test('a scheme is offered in any letters', () => {
  expect([isOffered('negotiate, ntlm', 'NTLM'), isOffered('Negotiate', 'NTLM'), isOffered(undefined, 'NTLM')]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  ['NTLM TlRMTVNTUAACAAAA', 'ntlm', 'TlRMTVNTUAACAAAA'],
  ['Negotiate oQcwBaADCgEA, NTLM', 'Negotiate', 'oQcwBaADCgEA'],
  ['Basic realm="x", NTLM YWI=', 'NTLM', 'YWI='],
  ['NTLM', 'NTLM', undefined],
  ['Negotiate YWI=', 'NTLM', undefined],
  ['Basic realm="NTLM YWI="', 'NTLM', undefined],
])('what %j says under %s is %s', (header, scheme, token) => {
  expect(challengeOf(header, scheme)?.toString('base64')).toBe(token);
});

test('a header that never ends costs no time', () => {
  const started = performance.now();
  for (const text of ['NTLM '.repeat(100_000), `NTLM ${'A'.repeat(1_000_000)}`, ', '.repeat(500_000)]) challengeOf(text, 'NTLM');
  expect(performance.now() - started).toBeLessThan(2000);
});
