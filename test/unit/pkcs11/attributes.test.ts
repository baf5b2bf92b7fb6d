import { expect, test } from 'vitest';
import { checkedTemplate, type Template } from '../../../src/pkcs11/attributes.js';
import { CKA } from '../../../src/pkcs11/cryptoki.js';
import { openCard } from '../../support/card.js';

// each of these ends the process when the native module gets it
const deadly: [string, unknown][] = [
  ['a Date', new Date()],
  ['a bigint', 1n],
  ['an object', {}],
  ['a function', () => 1],
  ['undefined', undefined],
  ['null', null],
  ['a Uint8Array that is no Buffer', new Uint8Array(2)],
  ['a negative number', -1],
  ['a fraction', 1.5],
  ['a number above 32 bits', 2 ** 32],
];

test.each(deadly)('%s in a template is refused', (_name, value) => {
  expect(() => checkedTemplate([{ type: CKA.LABEL, value }] as Template)).toThrowError(expect.objectContaining({ code: 'INTERNAL' }));
});

test.each(deadly)('%s never reaches the driver, in a search or a new object', (_name, value) => {
  const session = openCard().openLoggedIn();
  const template = [{ type: CKA.LABEL, value }] as Template;
  expect(() => session.find(template)).toThrowError(/PKCS#11 attribute 0x3/);
  expect(() => session.create('it', template)).toThrowError(/PKCS#11 attribute 0x3/);
});

test('date attributes are refused whatever their value', () => {
  expect(() => checkedTemplate([{ type: CKA.START_DATE, value: '20300101' }])).toThrowError(/dates/);
  expect(() => checkedTemplate([{ type: 0x111, value: Buffer.from('20300101') }])).toThrowError(/dates/);
});

test('an attribute type that is no number is refused', () => {
  expect(() => checkedTemplate([{ type: undefined, value: true }] as unknown as Template)).toThrowError(/attribute type/);
});

test('something that is no array is refused', () => {
  expect(() => checkedTemplate({} as Template)).toThrowError(/not an array/);
});

test('good templates come back as a copy', () => {
  const template = [
    { type: CKA.LABEL, value: 'é' },
    { type: CKA.ID, value: Buffer.from([1]) },
    { type: CKA.TOKEN, value: true },
    { type: CKA.CLASS, value: 3 },
  ];
  expect(checkedTemplate(template)).toEqual(template);
  expect(checkedTemplate(template)[0]).not.toBe(template[0]);
});
