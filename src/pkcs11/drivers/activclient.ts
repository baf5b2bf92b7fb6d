/** HID ActivClient, once of ActivIdentity and ActivCard: CAC and PIV cards as the issuer made them. Data only. */
import type { DriverProfile } from '../types.js';

export const activclient: DriverProfile = {
  id: 'activclient',
  name: 'HID ActivClient',
  manufacturers: ['activclient', 'actividentity', 'activcard', 'hid', 'crescendo'],
  paths: {
    linux: [
      '/usr/lib/libacpkcs211.so',
      '/usr/lib64/libacpkcs211.so',
      '/usr/lib/x86_64-linux-gnu/libacpkcs211.so',
      '/usr/lib/aarch64-linux-gnu/libacpkcs211.so',
      '/usr/local/lib/libacpkcs211.so',
    ],
    darwin: ['/Library/Frameworks/ac.ac4mac.pkcs11.framework/Versions/Current/Libraries/acpkcs220.dylib'],
    win32: [
      'C:\\Program Files\\HID Global\\ActivClient\\acpkcs211.dll',
      'C:\\Program Files\\ActivIdentity\\ActivClient\\acpkcs211.dll',
      'C:\\Windows\\System32\\acpkcs211.dll',
    ],
  },
  match: { path: /acpkcs2\d\d/i, manufacturer: /activ(client|identity|card)|hid global/i, library: /activ(client|identity|card)/i },
  kind: 'physical',
  createAs: 'user',
  fixedIds: true,
  fixedLabels: true,
  pinFlags: 'exact',
  // the issuer's management system does it
  unblock: 'none',
  omitFromPrivateKey: [],
  storesData: false,
  publishedDefaultPins: [],
  initializeHint: 'check that the smart card service runs',
};
