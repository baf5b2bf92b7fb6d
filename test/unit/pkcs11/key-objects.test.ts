import { expect, test } from 'vitest';
import { type KeyObject, pairKeys } from '../../../src/pkcs11/key-objects.js';

function object(handle: number, id: number[], publicKey?: string, changes: Partial<KeyObject> = {}): KeyObject {
  const base = {
    handle: Buffer.from([handle]),
    id: Buffer.from(id),
    label: '',
    type: 'p256' as const,
    alwaysAuthenticate: false,
    canDecrypt: false,
  };
  return { ...base, ...(publicKey === undefined ? {} : { publicKey: Buffer.from(publicKey) }), ...changes };
}

const handlesOf = (pairs: { handles: Buffer[] }[]) => pairs.map(({ handles }) => handles.map(([handle]) => handle));

test('the same public key makes a pair, whatever the ids say', () => {
  const pairs = pairKeys([object(1, [7], 'A')], [object(2, [7], 'B'), object(3, [8], 'A')]);
  expect(handlesOf(pairs)).toEqual([[1, 3], [2]]);
});

test('the id makes a pair where the private object hides its public key', () => {
  const [pair] = pairKeys([object(1, [7])], [object(2, [7], 'A')]);
  expect(pair?.entry).toMatchObject({ hasPrivate: true, hasPublic: true, publicKey: Buffer.from('A') });
});

test('an id that fits two different public keys pairs nothing', () => {
  expect(handlesOf(pairKeys([object(1, [7])], [object(2, [7], 'A'), object(3, [7], 'B')]))).toEqual([[1], [2], [3]]);
});

test('objects without an id are not paired by it', () => {
  expect(handlesOf(pairKeys([object(1, [])], [object(2, [], 'A')]))).toEqual([[1], [2]]);
});

test('a private key alone is a key, by its own public part', () => {
  const [pair] = pairKeys([object(1, [7], 'A')], []);
  expect(pair?.entry).toMatchObject({ hasPrivate: true, hasPublic: false, publicKey: Buffer.from('A') });
});

test('a public key alone has no private half and decrypts nothing', () => {
  const [pair] = pairKeys([], [object(1, [7], 'A', { canDecrypt: true })]);
  expect(pair?.entry).toMatchObject({ hasPrivate: false, canDecrypt: false });
});

test('two copies of one public key belong to its one private key', () => {
  expect(handlesOf(pairKeys([object(1, [7], 'A')], [object(2, [7], 'A'), object(3, [9], 'A')]))).toEqual([[1, 2, 3]]);
});

test('what the private object does not say is taken from the public one', () => {
  const [pair] = pairKeys([object(1, [7], undefined, { type: 'other' })], [object(2, [7], 'A', { label: 'Alice' })]);
  expect(pair?.entry).toMatchObject({ type: 'p256', label: 'Alice' });
});
