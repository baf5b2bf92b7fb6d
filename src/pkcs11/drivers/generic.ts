/** Any other PKCS#11 driver: cautious assumptions. Data only. */
import type { DriverProfile } from '../types.js';

export const generic: DriverProfile = {
  id: 'generic',
  name: 'PKCS#11',
  manufacturers: [],
  paths: {},
  match: {},
  kind: 'physical',
  proxy: true,
  createAs: 'user',
  fixedIds: false,
  fixedLabels: false,
  pinFlags: 'exact',
  unblock: 'none',
  omitFromPrivateKey: [],
  storesData: true,
  // printed in manuals of many cards; a TPM virtual smart card of Windows starts with the second
  publishedDefaultPins: ['123456', '12345678', '1234567890', '1234', '0000', '000000', '00000000', '11111111'],
};
