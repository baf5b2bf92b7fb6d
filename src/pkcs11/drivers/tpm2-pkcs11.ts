/** tpm2-pkcs11: keys in this computer's TPM, a virtual smart card. Data only. */
import type { DriverProfile } from '../types.js';

export const tpm2Pkcs11: DriverProfile = {
  id: 'tpm2-pkcs11',
  name: 'TPM 2.0 (tpm2-pkcs11)',
  manufacturers: ['tpm', 'virtual'],
  paths: {
    linux: [
      '/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1',
      '/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so',
      '/usr/lib/aarch64-linux-gnu/libtpm2_pkcs11.so.1',
      '/usr/lib/aarch64-linux-gnu/pkcs11/libtpm2_pkcs11.so',
      '/usr/lib64/pkcs11/libtpm2_pkcs11.so',
      '/usr/lib/pkcs11/libtpm2_pkcs11.so',
    ],
  },
  match: { path: /tpm2_pkcs11/i, library: /tpm2/i, model: /\bTPM\b/i },
  kind: 'virtual',
  createAs: 'user',
  fixedIds: false,
  fixedLabels: false,
  // no flag is ever set
  pinFlags: 'none',
  lockOut: 'timed',
  unblock: 'so-initpin',
  omitFromPrivateKey: [],
  // private ones only
  storesData: false,
  publishedDefaultPins: [],
  initializeHint: 'check TPM2_PKCS11_STORE and that you may open /dev/tpmrm0 (group tss)',
};
