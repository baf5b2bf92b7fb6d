/** The real openssl binary, for making what others send us and for checking what we send. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs openssl; in `args`, the name of one of `files` stands for its path.
 *
 * @returns standard output; standard error is part of the exception when it fails.
 */
export function openssl(
  args: string[],
  { input, files = {} }: { input?: Uint8Array; files?: Record<string, string | Uint8Array> } = {},
): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-openssl-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    const paths = args.map((arg) => (arg in files ? join(dir, arg) : arg));
    return execFileSync('openssl', paths, {
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, OPENSSL_CONF: '/dev/null' },
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A certs-only PKCS#7 of these certificates (PEM). */
export function certsOnlyPkcs7(certificates: string[], format: 'DER' | 'PEM' = 'DER'): Buffer {
  return openssl(['crl2pkcs7', '-nocrl', '-certfile', 'certs.pem', '-outform', format], { files: { 'certs.pem': certificates.join('') } });
}
