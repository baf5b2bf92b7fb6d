import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUri, isUri, matchesUri, parseUri } from '../../../src/pkcs11/uri.js';

const token = { label: 'Alice; 50% & more', serial: 'd8ea1ba81a2d8ec7', model: 'SoftHSM v2', manufacturer: 'SoftHSM project' };
const key = { id: Buffer.from([0, 0x41, 0xff]), label: 'Schlüssel' };

test('a token is written with its four attributes, percent-encoded', () => {
  expect(formatUri(token)).toBe(
    'pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=d8ea1ba81a2d8ec7;token=Alice%3B%2050%25%20%26%20more',
  );
});

test('a key is written with every byte of its id encoded', () => {
  expect(formatUri({ label: 'T', serial: '', model: '', manufacturer: '' }, key)).toBe(
    'pkcs11:token=T;id=%00%41%FF;object=Schl%C3%BCssel;type=private',
  );
});

test('what is written is read again', () => {
  expect(parseUri(formatUri(token, key))).toEqual({
    token: token.label,
    serial: token.serial,
    model: token.model,
    manufacturer: token.manufacturer,
    id: key.id,
    object: key.label,
    type: 'private',
  });
});

test('any label and id survive the way to a URI and back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.uint8Array({ minLength: 1, maxLength: 20 }), (label, id) => {
      const uri = parseUri(formatUri({ ...token, label }, { id: Buffer.from(id), label: 'k' }));
      return uri.token === label && uri.id?.equals(id) === true;
    }),
  );
});

test('an id may mix plain characters and encoded bytes', () => {
  expect(parseUri('pkcs11:id=%01a%ff').id).toEqual(Buffer.from([1, 0x61, 0xff]));
});

test('the path of a module may stand in the query', () => {
  expect(parseUri('pkcs11:token=T?module-path=/usr/lib/m.so&module-name=x')).toEqual({ token: 'T', modulePath: '/usr/lib/m.so' });
});

test('attributes of the library are read and not compared', () => {
  expect(matchesUri(parseUri('pkcs11:library-description=x;token=Alice%3B%2050%25%20%26%20more'), token)).toBe(true);
});

test.each([
  ['pkcs11:token=T;serial', /without a value/],
  ['pkcs11:token=A;token=B', /twice/],
  ['pkcs11:id=%01;id=%01', /twice/],
  ['pkcs11:token=%zz', /percent-encoding/],
  ['pkcs11:type=castle', /type/],
  ['pkcs11:tokken=T', /unknown attribute "tokken"/],
  ['pkcs11:slot-id=0', /slot/],
  ['http://x', /starts with/],
])('%s is refused', (text, message) => {
  expect(() => parseUri(text)).toThrowError(expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }));
});

test.each(['pkcs11:token=T?pin-value=24680135', 'pkcs11:token=T?pin-source=file:/24680135'])(
  'a URI with a PIN is refused without an echo',
  (text) => {
    expect(() => parseUri(text)).toThrowError(
      expect.objectContaining({ code: 'SECRET_ON_COMMAND_LINE', message: expect.not.stringContaining('24680135') }),
    );
  },
);

test('every attribute given must fit the token', () => {
  expect(matchesUri(parseUri('pkcs11:serial=d8ea1ba81a2d8ec7'), token)).toBe(true);
  expect(matchesUri(parseUri('pkcs11:serial=d8ea1ba81a2d8ec7;model=Other'), token)).toBe(false);
  expect(matchesUri({}, token)).toBe(true);
});

test('with a key, id, object and type must fit it', () => {
  expect(matchesUri(parseUri('pkcs11:id=%00%41%ff'), token, key)).toBe(true);
  expect(matchesUri(parseUri('pkcs11:id=%00'), token, key)).toBe(false);
  expect(matchesUri(parseUri('pkcs11:object=Other'), token, key)).toBe(false);
  expect(matchesUri(parseUri('pkcs11:type=cert'), token, key)).toBe(false);
});

test('a URI is known by its scheme, in any case', () => {
  expect([isUri('PKCS11:token=T'), isUri('Test card')]).toEqual([true, false]);
});
