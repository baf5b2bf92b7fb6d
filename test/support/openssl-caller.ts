/** Compiles test/fixtures/openssl-caller: an addon that signs with Node's OpenSSL the way a C program does. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeHeaders } from './sanitizers.js';

export interface OpensslCaller {
  /**
   * Signs "what is signed", in two parts and on a copy, with the key of a PEM text.
   *
   * @param parameters - `name=text`, separated by spaces (EVP_SIGNATURE-RSA(7)); nothing else is set
   * @param room - how many bytes the signature may have; 0: as many as OpenSSL asks for
   * @returns the signature, or the text of the first error
   */
  call(pem: string, digest: string, parameters: string, room: number): Buffer | string;
}

export function loadOpensslCaller(): OpensslCaller {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-caller-'));
  try {
    const path = join(dir, 'openssl-caller.node');
    const source = join(import.meta.dirname, '../fixtures/openssl-caller/openssl-caller.c');
    const flags = ['-Wall', '-Wextra', '-shared', '-fPIC', '-DNAPI_VERSION=8', `-I${nodeHeaders()}`];
    // A library that is loaded needs its file no more.
    execFileSync(process.env.CC ?? 'cc', [...flags, '-o', path, source], { stdio: 'inherit' });
    return createRequire(import.meta.url)(path) as OpensslCaller;
  } finally {
    rmSync(dir, { recursive: true });
  }
}
