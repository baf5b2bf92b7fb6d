import { expect, test } from 'vitest';
import { canAnimate, clean, cleanLines, isTerminal, useColor } from '../../../src/ui/streams.js';

const terminal = { isTTY: true, columns: 80, write: () => true };
const pipe = { isTTY: false, write: () => true };

test('a terminal is what says so', () => {
  expect([isTerminal(terminal), isTerminal(pipe)]).toEqual([true, false]);
});

test('only a terminal with columns that is not dumb can redraw', () => {
  expect([
    canAnimate(terminal, {}),
    canAnimate(pipe, {}),
    canAnimate({ ...terminal, columns: 0 }, {}),
    canAnimate(terminal, { TERM: 'dumb' }),
  ]).toEqual([true, false, false, false]);
});

test('colour goes to terminals only, and never with NO_COLOR or --no-color', () => {
  expect(useColor(terminal, { TERM: 'xterm' })).toBe(true);
  expect(useColor(terminal, { NO_COLOR: '' })).toBe(true);
  expect(useColor(terminal, { NO_COLOR: '0' })).toBe(false);
  expect(useColor(terminal, {}, { color: false })).toBe(false);
  expect(useColor(terminal, { TERM: 'dumb' })).toBe(false);
  expect(useColor(pipe, { FORCE_COLOR: '1' })).toBe(false);
});

test.each([
  ['plain Grüße 日本', 'plain Grüße 日本'],
  ['a\u001b[31mred\u001b[0m', 'ared'],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['a\u001bb', 'ab'],
  ['a\u009b2Jb', 'ab'],
  ['a\u0000\u0008\u007fb', 'ab'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['a\u2066b\u2069c\u200f', 'abc'],
  ['a\r\n\tb', 'a b'],
  ['a\u2028b', 'a b'],
  ['a\u200bb\ufeff', 'ab'],
  ['👩\u200d💻', '👩\u200d💻'],
])('%j is shown as %j', (text, shown) => {
  expect(clean(text)).toBe(shown);
});

test('several lines stay several lines', () => {
  expect(cleanLines('a\u001b[1m\nb\r\n')).toBe('a\nb \n');
});
