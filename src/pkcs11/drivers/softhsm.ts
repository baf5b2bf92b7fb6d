/** SoftHSM 2: keys in files, for practice and tests. Data only. */
import type { DriverProfile } from '../types.js';

export const softhsm: DriverProfile = {
  id: 'softhsm',
  name: 'SoftHSM',
  manufacturers: ['softhsm'],
  paths: {
    linux: [
      '/usr/lib/softhsm/libsofthsm2.so',
      '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
      '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
      '/usr/lib64/pkcs11/libsofthsm2.so',
      '/usr/lib64/softhsm/libsofthsm2.so',
      '/usr/lib/pkcs11/libsofthsm2.so',
      '/usr/local/lib/softhsm/libsofthsm2.so',
    ],
    darwin: ['/opt/homebrew/lib/softhsm/libsofthsm2.so', '/usr/local/lib/softhsm/libsofthsm2.so'],
    win32: ['C:\\SoftHSM2\\lib\\softhsm2-x64.dll'],
  },
  match: { path: /softhsm2?/i, manufacturer: /softhsm/i, library: /softhsm/i, model: /softhsm/i },
  kind: 'software',
  createAs: 'user',
  fixedIds: false,
  fixedLabels: false,
  // the low flag appears after one wrong PIN; it never locks
  pinFlags: 'low-only',
  unblock: 'so-initpin',
  omitFromPrivateKey: [],
  storesData: true,
  publishedDefaultPins: [],
  initializeHint: 'set SOFTHSM2_CONF to a readable configuration (scripts/softhsm-setup.sh makes one)',
};
