/** The files that curl has to be given by name: in a folder that only the user can enter, for as long as one request takes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LyncauthError } from '../../errors.js';

export interface PrivateFolder {
  path: string;
  /** Writes a new file (0600). @returns its path */
  write(name: string, content: string | Uint8Array): string;
  /** With all that is in it. */
  remove(): void;
}

/** @throws LyncauthError FAILED when the folder for temporary files cannot be written to; so does its write(). */
export function makePrivateFolder(): PrivateFolder {
  const path = writing(() => mkdtempSync(join(tmpdir(), 'lyncauth-curl-'))); // 0700
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writing(() => writeFileSync(file, content, { mode: 0o600, flag: 'wx' }));
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new LyncauthError('FAILED', `cannot write files for curl into ${tmpdir()} (${code})`, {
      hint: 'free some disk space there, or set TMPDIR to another folder',
      cause: error,
    });
  }
}
