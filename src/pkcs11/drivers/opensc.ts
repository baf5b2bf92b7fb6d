/** OpenSC: many cards, PIV and CAC among them. Data only. */
import type { DriverProfile } from '../types.js';

export const opensc: DriverProfile = {
  id: 'opensc',
  name: 'OpenSC',
  manufacturers: ['opensc', 'piv', 'cac', 'myeid', 'aventra', 'cardos', 'atos', 'starcos', 'isoapplet', 'oseid', 'nitrokey'],
  paths: {
    linux: [
      '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so',
      '/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so',
      '/usr/lib64/opensc-pkcs11.so',
      '/usr/lib64/pkcs11/opensc-pkcs11.so',
      '/usr/lib/pkcs11/opensc-pkcs11.so',
      '/usr/lib/opensc-pkcs11.so',
      '/usr/local/lib/opensc-pkcs11.so',
    ],
    darwin: ['/Library/OpenSC/lib/opensc-pkcs11.so', '/opt/homebrew/lib/opensc-pkcs11.so', '/usr/local/lib/opensc-pkcs11.so'],
    win32: ['C:\\Program Files\\OpenSC Project\\OpenSC\\pkcs11\\opensc-pkcs11.dll'],
  },
  match: { path: /opensc-pkcs11/i, manufacturer: /opensc/i, library: /opensc/i, model: /^PKCS#15/i },
  kind: 'physical',
  createAs: 'user',
  readsOnly: { manufacturer: /^piv_II/i, writers: 'the driver of its maker; for a YubiKey that is ykcs11: --driver ykcs11' },
  fixedIds: false,
  fixedLabels: false,
  pinFlags: 'exact',
  unblock: 'setpin-puk',
  omitFromPrivateKey: [],
  // on cards with a file system; PIV and CAC refuse them
  storesData: true,
  publishedDefaultPins: ['123456', '12345678', '11111111'],
  initializeHint: 'check that the smart card service (pcscd) runs',
};
