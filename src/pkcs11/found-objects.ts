/** The end of a search for objects. Must not import native code. */
import type { PKCS11 } from 'pkcs11js';

const BATCH = 64;

/** All handles that a search, which has begun, finds (C_FindObjects, PKCS#11 v2.40 section 5.7). @param handle - of the session */
export function allFound(lib: PKCS11, handle: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (;;) {
    const batch = lib.C_FindObjects(handle, BATCH);
    if (batch.length === 0) return found;
    found.push(...batch);
  }
}
