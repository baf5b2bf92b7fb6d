import { expect, test } from 'vitest';
import { formatTable } from '../../../src/ui/table.js';

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  expect(
    formatTable(
      ['READER', 'CARD'],
      [
        ['One', 'Alice'],
        ['A longer one', ''],
      ],
    ),
  ).toBe('READER        CARD\nOne           Alice\nA longer one');
});

test('wide letters take two cells, marks none', () => {
  expect(
    formatTable(
      ['A', 'B'],
      [
        ['日本', 'x'],
        ['e\u0301', 'y'],
      ],
    ),
  ).toBe('A     B\n日本  x\ne\u0301     y');
});

test('a label of a card can not break the table', () => {
  expect(formatTable(['A', 'B'], [['x\n\u001b[31my', 'z']])).toBe('A    B\nx y  z');
});
