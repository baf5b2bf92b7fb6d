import { expect, test } from 'vitest';
import { findHresult, hresultVerdict, hresultWords } from '../../../src/ca-client/hresults.js';

test.each([
  ['Denied by Policy Module  0x80094800, The', '0x80094800'],
  ['0x8009310b (ASN: 267)', '0x8009310B'],
  ['length 0x00001000, then 0x800706ba', '0x800706BA'],
  ['0x0 (WIN32: 0)', undefined],
  ['0x80094800123', undefined],
  ['', undefined],
])('the failure code in %j is %s', (text, expected) => {
  expect(findHresult(text)).toBe(expected);
});

test('a code that users meet has plain words', () => {
  expect(hresultWords('0x80094012')).toBe('this account has no Enroll permission for the template');
});

test.each([
  ['0x80094811', 'refused'],
  ['0x80070005', 'refused'],
  ['0x800706BA', 'unreachable'],
  ['0x800706BE', 'unknown'],
  ['0x8000FFFF', 'unknown'],
])('%s on an error page means that the request was %s', (hresult, expected) => {
  expect(hresultVerdict(hresult)).toBe(expected);
});
