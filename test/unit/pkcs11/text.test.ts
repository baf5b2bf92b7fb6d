import { expect, test } from 'vitest';
import { paddedLabel, unpadded } from '../../../src/pkcs11/text.js';

test('blanks at the end are padding', () => {
  expect(unpadded('Test card                       ')).toBe('Test card');
});

test('text ends at the first NUL, and what memory held behind it is dropped', () => {
  expect(unpadded('lyncauth\0\u00c2\u00d4\u001e')).toBe('lyncauth');
  expect(unpadded('lyncauth  \0\0\0')).toBe('lyncauth');
});

test('a label is padded to 32 bytes, not characters', () => {
  expect(paddedLabel('Karte für Zoë')).toSatisfy((label: string) => Buffer.byteLength(label) === 32 && label.startsWith('Karte für Zoë '));
});

test('a label of 32 bytes is taken as it is, one of 33 is refused', () => {
  expect(paddedLabel('x'.repeat(32))).toBe('x'.repeat(32));
  expect(() => paddedLabel(`${'x'.repeat(31)}é`)).toThrow(RangeError);
});
