import { expect, test } from 'vitest';
import { generic } from '../../../../src/pkcs11/drivers/generic.js';
import { driverProfiles, findDriver, matchDriver, matchTokenDriver } from '../../../../src/pkcs11/drivers/registry.js';

const idOf = (profile: { id: string } | undefined) => profile?.id;

test.each([
  ['opensc', 'opensc'],
  ['OpenSC', 'opensc'],
  ['SafeNet', 'safenet'],
  ['Thales IDPrime', 'safenet'],
  ['YubiKey 5 NFC', 'ykcs11'],
  ['TPM', 'tpm2-pkcs11'],
  ['softhsm', 'softhsm'],
])('%s on the card names the driver %s', (word, id) => {
  expect(idOf(findDriver(word))).toBe(id);
});

test('a word nobody knows names no driver', () => {
  expect(findDriver('Acme')).toBeUndefined();
});

test('a module is known by the name of its file', () => {
  expect(idOf(matchDriver({}, '/opt/x/libykcs11.so.2.2.0'))).toBe('ykcs11');
  expect(idOf(matchDriver({}, 'C:\\Program Files\\OpenSC Project\\OpenSC\\pkcs11\\opensc-pkcs11.dll'))).toBe('opensc');
});

test('a directory name is no hint', () => {
  expect(matchDriver({}, '/usr/lib/softhsm/libother.so')).toBe(generic);
});

test('a module under another name is known by what it says', () => {
  expect(idOf(matchDriver({ manufacturer: 'SoftHSM                         ' }, '/x/fault.so'))).toBe('softhsm');
});

test('a module that merges others is judged token by token', () => {
  expect(idOf(matchTokenDriver(generic, { manufacturer: 'SoftHSM project', model: 'SoftHSM v2' }))).toBe('softhsm');
  expect(idOf(matchTokenDriver(generic, { manufacturer: 'Acme' }))).toBe('generic');
});

test('a module with a profile keeps it, whatever card it reads', () => {
  const opensc = findDriver('opensc') ?? generic;
  expect(matchTokenDriver(opensc, { model: 'YubiKey' })).toBe(opensc);
});

test('ids are unique, and every profile says where its module is', () => {
  expect(new Set(driverProfiles.map(({ id }) => id)).size).toBe(driverProfiles.length);
  for (const { paths } of driverProfiles) expect(paths.linux?.length).toBeGreaterThan(0);
});
