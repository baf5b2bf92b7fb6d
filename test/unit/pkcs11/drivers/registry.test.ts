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
  ['ActivIdentity', 'activclient'],
  ['HID Crescendo 2300', 'activclient'],
  ['Firefox', 'nss'],
  ['opencryptoki', 'opencryptoki'],
  ['p11-kit', 'p11-kit'],
])('%s on the card names the driver %s', (word, id) => {
  expect(idOf(findDriver(word))).toBe(id);
});

test('a word nobody knows names no driver', () => {
  expect(findDriver('Acme')).toBeUndefined();
});

test.each([
  ['/opt/x/libykcs11.so.2.2.0', 'ykcs11'],
  ['C:\\Program Files\\OpenSC Project\\OpenSC\\pkcs11\\opensc-pkcs11.dll', 'opensc'],
  ['C:\\Program Files\\HID Global\\ActivClient\\acpkcs211.dll', 'activclient'],
  ['C:\\Windows\\System32\\IDPrimePKCS1164.dll', 'safenet'],
  ['/usr/lib64/opencryptoki/PKCS11_API.so', 'opencryptoki'],
  ['/usr/lib/firefox/libsoftokn3.so', 'nss'],
  ['/usr/lib/pkcs11/p11-kit-client.so', 'p11-kit'],
  ['/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so', 'p11-kit'],
])('the module %s is known by its name as %s', (path, id) => {
  expect(idOf(matchDriver({}, path))).toBe(id);
});

test('every place of a profile is known as that driver', () => {
  for (const profile of driverProfiles)
    for (const path of Object.values(profile.paths).flat()) expect([path, idOf(matchDriver({}, path))]).toEqual([path, profile.id]);
});

test('a directory name is no hint', () => {
  expect(matchDriver({}, '/usr/lib/softhsm/libother.so')).toBe(generic);
});

test('a module under another name is known by what it says', () => {
  expect(idOf(matchDriver({ manufacturer: 'SoftHSM                         ' }, '/x/fault.so'))).toBe('softhsm');
});

test.each([
  ['a module that nobody knows', generic],
  ['p11-kit', findDriver('p11-kit') ?? generic],
])('behind %s each card is judged by what it says itself', (_what, module) => {
  const judged = (manufacturer: string, model: string) => idOf(matchTokenDriver(module, { manufacturer, model }));
  expect(judged('SoftHSM project', 'SoftHSM v2      ')).toBe('softhsm');
  expect(judged('Yubico (www.yubico.com)', 'YubiKey YK5')).toBe('ykcs11');
  expect(judged('piv_II', 'PKCS#15 emulated')).toBe('opensc');
  expect(judged('SafeNet, Inc.', 'eToken')).toBe('safenet');
  expect(judged('Mozilla Foundation', 'NSS 3')).toBe('nss');
  expect(judged('IBM', 'SW   TPM\0\0\0\0')).toBe('tpm2-pkcs11');
  expect(judged('IBM', 'IBM Soft        ')).toBe('opencryptoki');
  expect(judged('Acme', 'One')).toBe('generic');
});

test('a module with a profile keeps it, whatever card it reads', () => {
  const opensc = findDriver('opensc') ?? generic;
  expect(matchTokenDriver(opensc, { model: 'YubiKey' })).toBe(opensc);
});

test('ids are unique, and every profile says where its module is', () => {
  expect(new Set(driverProfiles.map(({ id }) => id)).size).toBe(driverProfiles.length);
  for (const { paths } of driverProfiles) expect(paths.linux?.length).toBeGreaterThan(0);
});
