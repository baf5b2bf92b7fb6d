/**
 * The way to the files of this folder that load native code, the addon of pkcs11js: where it is missing, it says how to build it.
 * Importing this file loads none.
 */
import { LyncauthError } from '../errors.js';

/** @throws LyncauthError ADDON_MISSING */
export function importModule(): Promise<typeof import('./module.js')> {
  return withAddon(() => import('./module.js'));
}

/** @throws LyncauthError ADDON_MISSING */
export function importTokenInit(): Promise<typeof import('./token-init.js')> {
  return withAddon(() => import('./token-init.js'));
}

/** Loads what loads the addon. @throws LyncauthError ADDON_MISSING */
export async function withAddon<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new LyncauthError('ADDON_MISSING', `the PKCS#11 addon of pkcs11js is not built: ${text}`, {
      hint: 'npm install -g lyncauth --allow-scripts=lyncauth,pkcs11js (in a checkout: npm rebuild pkcs11js)',
      cause: error,
    });
  }
}
