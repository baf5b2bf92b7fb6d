/** ykcs11, Yubico's own module for the PIV application of a YubiKey. Data only. */
import type { DriverProfile } from '../types.js';

/** Slots of the PIV standard (SP 800-73-4 part 1 table 4b), in the order in which the driver counts them. */
const SLOTS = ['9A', '9C', '9D', '9E', ...Array.from({ length: 20 }, (_, index) => (0x82 + index).toString(16).toUpperCase())];

export const ykcs11: DriverProfile = {
  id: 'ykcs11',
  name: 'YubiKey (ykcs11)',
  manufacturers: ['yubico', 'yubikey'],
  paths: {
    linux: [
      '/usr/lib/x86_64-linux-gnu/libykcs11.so',
      '/usr/lib/x86_64-linux-gnu/libykcs11.so.2',
      '/usr/lib/aarch64-linux-gnu/libykcs11.so',
      '/usr/lib/aarch64-linux-gnu/libykcs11.so.2',
      '/usr/lib64/libykcs11.so',
      '/usr/lib64/libykcs11.so.2',
      '/usr/local/lib/libykcs11.so',
    ],
    darwin: ['/opt/homebrew/lib/libykcs11.dylib', '/usr/local/lib/libykcs11.dylib'],
    win32: ['C:\\Program Files\\Yubico\\Yubico PIV Tool\\bin\\libykcs11.dll'],
  },
  match: { path: /ykcs11/i, manufacturer: /yubico/i, library: /ykcs11|yubico/i, model: /yubikey/i },
  kind: 'physical',
  createAs: 'so',
  soPinIs: 'the PIV management key, in hexadecimal',
  blamesSoPin: true,
  fixedIds: true,
  keySlots: SLOTS.map((name, index) => ({ id: (index + 1).toString(16).padStart(2, '0'), name })),
  fixedLabels: true,
  pinFlags: 'exact',
  unblock: 'setpin-prefixed',
  omitFromPrivateKey: ['extractable', 'unwrap'],
  storesData: false,
  maxCertificateBytes: 3052,
  initializeHint: 'check that the smart card service (pcscd) runs',
  defaultPinHint: 'a new YubiKey has the PIN 123456',
  publishedDefaultPins: ['123456'],
};
