/** The program's HTTPS client as tests use it: it trusts one root, reads no environment, and is closed when the test is over. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/client.js';
import type { TestAuthority } from './loopback-https.js';

/** Only inside a test. */
export function testClient(authority: TestAuthority, options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({ caFile: caFileOf(authority), env: {}, timeoutMs: 5000, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** Path of a file with the root, PEM. Only inside a test. */
export function caFileOf({ pem }: TestAuthority): string {
  const file = join(testFolder(), 'ca.pem');
  writeFileSync(file, pem);
  return file;
}

/** A new folder, which goes with the test. */
export function testFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-http-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}
