/** The roots that a client trusts, and the contexts made of them. Parsed as late and as few as possible. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { readCaFile, trustedRoots } from './trust.js';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface TrustStore {
  /** PEM. */
  roots(): readonly string[];
  /** For connections without a certificate. */
  context(maxVersion?: TlsVersion): SecureContext;
  /** From now on all roots are trusted. @returns false when they were already */
  widen(): boolean;
}

/** @throws LyncauthError FILE_UNREADABLE for a bad `caFile` */
export function createTrustStore(caFile: string | undefined, env: Readonly<Record<string, string | undefined>>): TrustStore {
  // The file that a person named usually vouches for the server; parsing all roots of the system takes longer than everything else here.
  let onlyCaFile = caFile !== undefined;
  let roots = caFile === undefined ? trustedRoots(undefined, env) : readCaFile(caFile);
  const contexts = new Map<TlsVersion | undefined, SecureContext>();
  const context = (maxVersion?: TlsVersion) => {
    const made = contexts.get(maxVersion) ?? createSecureContext({ ca: roots, ...(maxVersion && { maxVersion }) });
    contexts.set(maxVersion, made);
    return made;
  };
  return {
    roots: () => roots,
    context,
    widen: () => {
      if (!onlyCaFile) return false;
      onlyCaFile = false;
      roots = trustedRoots(caFile, env);
      contexts.clear();
      return true;
    },
  };
}
