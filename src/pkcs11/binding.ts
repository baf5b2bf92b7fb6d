/**
 * The two native-backed packages, loaded when this file is first imported: the only file that does.
 * pkcs11js has no working named exports under ESM: only its default export carries the constants and classes.
 */
import { LyncauthError } from '../errors.js';

export const { graphene, pkcs11 } = await load();

async function load() {
  try {
    const pkcs11 = (await import('pkcs11js')).default;
    const { Module, Slot } = await import('graphene-pk11');
    return { graphene: { Module, Slot }, pkcs11 };
  } catch (error) {
    throw addonError(error);
  }
}

function addonError(error: unknown): LyncauthError {
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new LyncauthError('ADDON_MISSING', `the PKCS#11 addon of pkcs11js is not built: ${text}`, {
    hint: 'npm install -g lyncauth --allow-scripts=lyncauth,pkcs11js (in a checkout: npm rebuild pkcs11js)',
    cause: error,
  });
}
