/** NSS's software token: the key database of Firefox and other Mozilla programs. Data only. */
import type { DriverProfile } from '../types.js';

export const nss: DriverProfile = {
  id: 'nss',
  name: 'NSS certificate database',
  manufacturers: ['nss', 'mozilla', 'firefox'],
  paths: {
    linux: [
      '/usr/lib/x86_64-linux-gnu/libsoftokn3.so',
      '/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so',
      '/usr/lib/aarch64-linux-gnu/libsoftokn3.so',
      '/usr/lib/aarch64-linux-gnu/nss/libsoftokn3.so',
      '/usr/lib64/libsoftokn3.so',
      '/usr/lib/libsoftokn3.so',
    ],
    darwin: [
      '/opt/homebrew/lib/libsoftokn3.dylib',
      '/usr/local/lib/libsoftokn3.dylib',
      '/Applications/Firefox.app/Contents/MacOS/libsoftokn3.dylib',
    ],
    win32: ['C:\\Program Files\\Mozilla Firefox\\softokn3.dll'],
  },
  match: { path: /softokn3/i, manufacturer: /mozilla/i, library: /\bnss\b/i, model: /^nss\b/i },
  kind: 'software',
  // every Firefox brings one along, and without a database it shows none
  onlyWhenNamed: true,
  createAs: 'user',
  fixedIds: false,
  fixedLabels: false,
  // it never locks, and never tells of a wrong password
  pinFlags: 'none',
  // the security officer can set the password of a new database only
  unblock: 'none',
  omitFromPrivateKey: [],
  storesData: false,
  publishedDefaultPins: [],
  // newer versions read it themselves, older ones want to be told
  parameters: { variable: 'NSS_LIB_PARAMS', form: /configdir=./i },
  initializeHint: 'name the folder of the database: export NSS_LIB_PARAMS="configdir=\'sql:$HOME/.pki/nssdb\'"',
};
