/** openCryptoki: the keys of IBM's cryptographic hardware, or in files. Data only. */
import type { DriverProfile } from '../types.js';

export const opencryptoki: DriverProfile = {
  id: 'opencryptoki',
  name: 'openCryptoki',
  manufacturers: ['opencryptoki', 'ibm'],
  paths: {
    linux: [
      '/usr/lib/x86_64-linux-gnu/pkcs11/libopencryptoki.so',
      '/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so.0',
      '/usr/lib/aarch64-linux-gnu/pkcs11/libopencryptoki.so',
      '/usr/lib/aarch64-linux-gnu/opencryptoki/libopencryptoki.so.0',
      '/usr/lib/s390x-linux-gnu/pkcs11/libopencryptoki.so',
      '/usr/lib64/pkcs11/libopencryptoki.so',
      '/usr/lib64/opencryptoki/libopencryptoki.so',
      '/usr/lib/opencryptoki/libopencryptoki.so',
      '/usr/local/lib/opencryptoki/libopencryptoki.so',
    ],
  },
  // a token's manufacturer would be no proof: a TPM of IBM's says the same behind another driver
  match: { path: /opencryptoki|^PKCS11_API/i, library: /opencryptoki/i, model: /^(IBM )?(Soft|ICA|CCA|EP11|ICSF)(Tok)?\b/ },
  kind: 'software',
  createAs: 'user',
  fixedIds: false,
  fixedLabels: false,
  pinFlags: 'exact',
  unblock: 'so-initpin',
  omitFromPrivateKey: [],
  storesData: true,
  // its manual's user and security officer PIN of a new token
  publishedDefaultPins: ['12345678', '87654321'],
  initializeHint: 'check that pkcsslotd runs and that you are in the group pkcs11',
};
