import { AsnConvert } from '@peculiar/asn1-schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatName } from '../../../src/x509/name.js';
import { parseName } from '../../../src/x509/parse-name.js';

const roundTrip = (text: string) => formatName(new Uint8Array(AsnConvert.serialize(parseName(text))));

describe('a distinguished name', () => {
  test.each([
    ['CN=Kim', 'CN=Kim'],
    ['cn = Kim , ou=Sales', 'CN=Kim,OU=Sales'],
    ['CN=Kim+OU=Sales,C=DE', 'CN=Kim+OU=Sales,C=DE'],
    ['CN=Lee\\, Kim', 'CN=Lee\\, Kim'],
    ['CN=Lee\\2C Kim', 'CN=Lee\\, Kim'],
    ['CN=\\C3\\85sa', 'CN=Åsa'],
    ['CN=\\ x\\ ', 'CN=\\ x\\ '],
    ['CN=\\#1', 'CN=\\#1'],
    ['CN=100%25', 'CN=100%25'],
    ['CN=a\\0ab', 'CN=a\\0ab'],
    ['CN=a\\\\', 'CN=a\\\\'],
    ['E=kim@contoso.test', 'E=kim@contoso.test'],
    ['1.2.3.4=x', '1.2.3.4=#0c0178'],
  ])('%j is read and written as %j', (text, expected) => {
    expect(roundTrip(text)).toBe(expected);
  });

  test.each(['', 'Kim', 'kim@contoso.test', 'CN=', 'CN=a,', '=x', 'XX=a', 'CN="a"', 'CN=a;b', 'CN=#0102', 'CN=a\\', 'CN=\\ff'])(
    'is not what %j is',
    (text) => {
      expect(() => parseName(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );

  test('keeps any value through escaping', () => {
    const escaped = (value: string) =>
      Buffer.from(value, 'utf8').reduce((text, byte) => `${text}\\${byte.toString(16).padStart(2, '0')}`, '');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (value) => {
        const text = roundTrip(`CN=${escaped(value)}`);
        expect(parseName(text)[0]?.[0]?.value.toString()).toBe(value);
      }),
      { examples: [[' '], ['\u00a0'], ['# '], ['a\\ '], ['\u2003a\u2003']] },
    );
  });
});
