import { expect, test } from 'vitest';
import { offeredSchemes } from '../../../src/ca-client/logon.js';

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
