/** p11-kit's modules that pass on other drivers: the client of a remote one, and the proxy of all that are configured. Data only. */
import type { DriverProfile } from '../types.js';
import { generic } from './generic.js';

export const p11Kit: DriverProfile = {
  ...generic,
  id: 'p11-kit',
  name: 'p11-kit client',
  paths: {
    linux: [
      '/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so',
      '/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so',
      '/usr/lib64/pkcs11/p11-kit-client.so',
      '/usr/lib/pkcs11/p11-kit-client.so',
      '/usr/local/lib/pkcs11/p11-kit-client.so',
    ],
    darwin: [
      '/opt/homebrew/lib/pkcs11/p11-kit-client.so',
      '/opt/homebrew/lib/pkcs11/p11-kit-client.dylib',
      '/usr/local/lib/pkcs11/p11-kit-client.so',
    ],
  },
  match: { path: /p11-kit-(client|proxy)/i, library: /p11-kit|PKCS#11 Kit/i },
  // part of most Linux systems, and empty without a server
  onlyWhenNamed: true,
};
