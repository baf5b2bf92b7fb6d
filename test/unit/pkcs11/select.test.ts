import { expect, test } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import { selectReader } from '../../../src/pkcs11/select.js';
import type { Reader, TokenInfo } from '../../../src/pkcs11/types.js';

function token(label: string, serial: string, changes: Partial<TokenInfo> = {}): TokenInfo {
  const pin = { state: 'ok' as const, min: 4, max: 8 };
  const rest = {
    model: 'M',
    manufacturer: 'F',
    driver: 'generic',
    kind: 'physical' as const,
    pin,
    pinToBeChanged: false,
    soPin: 'ok' as const,
    pinPad: false,
    loginRequired: true,
  };
  return { label, serial, initialized: true, ...rest, ...changes };
}

function reader(name: string, card?: TokenInfo): Reader {
  const slot = Buffer.alloc(8);
  return card === undefined ? { slot, name, present: false } : { slot, name, present: true, token: card };
}

const alice = reader('Reader A', token('Alice', '111'));
const bob = reader('Reader B', token('Bob', '222'));
const blank = reader('Reader C', token('', '', { initialized: false }));
const empty = reader('Reader D');

test('the only card is taken without a selector, whatever empty readers and blank tokens are there', () => {
  expect(selectReader([empty, alice, blank], undefined)).toBe(alice);
});

test.each([['Alice'], ['111'], ['alice'], ['pkcs11:serial=111'], ['pkcs11:token=Alice']])('%s chooses among two', (selector) => {
  expect(selectReader([alice, bob], selector)).toBe(alice);
});

test('a label in the right case goes before one in another', () => {
  const shouting = reader('Reader E', token('ALICE', '333'));
  expect(selectReader([shouting, alice], 'Alice')).toBe(alice);
});

test('two cards without a selector are ambiguous, and both are named', () => {
  expect(() => selectReader([alice, bob], undefined)).toThrowError(
    expect.objectContaining({
      code: 'CARD_AMBIGUOUS',
      message: '2 cards fit: "Alice" (serial 111) in Reader A; "Bob" (serial 222) in Reader B',
      details: {
        candidates: [
          { label: 'Alice', serial: '111', reader: 'Reader A' },
          { label: 'Bob', serial: '222', reader: 'Reader B' },
        ],
      },
    }),
  );
});

test.each([
  ['one serial number', token('Alice', '0000'), token('Bob', '0000'), 'choose one by its label with --card'],
  ['one label', token('Alice', '111'), token('Alice', '222'), 'choose one by its serial with --card'],
  ['one name', token('Alice', '0000'), token('Alice', '0000'), 'choose one by its reader with --reader'],
])('cards of %s are chosen by what differs', (_what, one, other, hint) => {
  const readers = [one, other].map((each, index) => reader(`Reader ${index}`, each));
  expect(() => selectReader(readers, undefined)).toThrowError(expect.objectContaining({ code: 'CARD_AMBIGUOUS', hint }));
});

test('two cards of one label are ambiguous by label, not by serial', () => {
  const twin = reader('Reader B', token('Alice', '222'));
  expect(() => selectReader([alice, twin], 'Alice')).toThrowError(expect.objectContaining({ code: 'CARD_AMBIGUOUS' }));
  expect(selectReader([alice, twin], '222')).toBe(twin);
});

test('a card that is not there is reported with those that are', () => {
  expect(() => selectReader([alice], 'Carol')).toThrowError(
    expect.objectContaining({ code: 'CARD_NOT_FOUND', message: 'no card fits "Carol"; there is "Alice" (serial 111) in Reader A' }),
  );
});

test('a part of the reader name narrows the choice', () => {
  expect(selectReader([alice, bob], undefined, 'reader b')).toBe(bob);
  expect(() => selectReader([alice, bob], undefined, 'Omnikey')).toThrowError(expect.objectContaining({ code: 'NO_READER' }));
});

test('an exact reader name goes before a longer one', () => {
  const longer = reader('Reader A 01', token('Bob', '222'));
  expect(selectReader([longer, alice], undefined, 'Reader A')).toBe(alice);
});

test('a card that cannot be read is passed over for one that can, and its error is told where there is no other', () => {
  const error = new LyncauthError('CARD_FAILED', 'the card failed');
  const broken: Reader = { slot: Buffer.alloc(8), name: 'Reader X', present: true, error };
  expect(selectReader([broken, alice], undefined)).toBe(alice);
  expect(() => selectReader([broken, empty], undefined)).toThrowError(error);
});

test('no reader, no card, an unknown card and a blank card are told apart', () => {
  const unknown: Reader = { slot: Buffer.alloc(8), name: 'Reader U', present: true };
  const code = (readers: Reader[]) => {
    try {
      return selectReader(readers, undefined).name;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect([code([]), code([empty]), code([unknown]), code([blank])]).toEqual([
    'NO_READER',
    'NO_CARD',
    'CARD_UNSUPPORTED',
    'CARD_UNINITIALIZED',
  ]);
});

test.each([
  ['physical', 'ask the people who issued the card'],
  ['virtual', 'set the virtual card up on this computer first (with tpm2-pkcs11: tpm2_ptool addtoken)'],
] as const)('a %s card that nobody has set up: the hint names who can', (kind, hint) => {
  const card = reader('Reader C', token('', '', { initialized: false, kind }));
  expect(() => selectReader([card], undefined)).toThrowError(expect.objectContaining({ code: 'CARD_UNINITIALIZED', hint }));
});
