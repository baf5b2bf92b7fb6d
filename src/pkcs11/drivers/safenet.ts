/** SafeNet / Thales Authentication Client: eToken and IDPrime. Data only. */
import type { DriverProfile } from '../types.js';

export const safenet: DriverProfile = {
  id: 'safenet',
  name: 'SafeNet Authentication Client',
  manufacturers: ['safenet', 'thales', 'gemalto', 'etoken', 'idprime', 'aladdin'],
  paths: {
    linux: [
      '/usr/lib/libeToken.so',
      '/usr/lib64/libeToken.so',
      '/usr/lib/libeTPkcs11.so',
      '/usr/lib64/libeTPkcs11.so',
      '/usr/lib/x86_64-linux-gnu/libeTPkcs11.so',
      '/usr/lib/aarch64-linux-gnu/libeTPkcs11.so',
      '/usr/lib/pkcs11/libIDPrimePKCS11.so',
      '/usr/lib/libIDPrimePKCS11.so',
      '/usr/lib64/libIDPrimePKCS11.so',
    ],
    darwin: [
      '/usr/local/lib/libeTPkcs11.dylib',
      '/usr/local/lib/libIDPrimePKCS11.dylib',
      '/Library/Frameworks/eToken.framework/Versions/Current/libeToken.dylib',
    ],
    win32: [
      'C:\\Windows\\System32\\eTPKCS11.dll',
      'C:\\Windows\\System32\\IDPrimePKCS1164.dll',
      'C:\\Windows\\System32\\IDPrimePKCS11.dll',
    ],
  },
  match: {
    path: /eToken|eTPkcs11|IDPrimePKCS11/i,
    manufacturer: /safenet|gemalto|thales|aladdin/i,
    library: /etoken|idprime|safenet/i,
    model: /etoken|id ?prime/i,
  },
  kind: 'physical',
  createAs: 'user',
  fixedIds: false,
  fixedLabels: false,
  pinFlags: 'exact',
  unblock: 'so-initpin',
  omitFromPrivateKey: [],
  storesData: true,
  defaultPinHint: 'a new SafeNet token often has the password 1234567890',
  publishedDefaultPins: ['1234567890', '0000'],
};
