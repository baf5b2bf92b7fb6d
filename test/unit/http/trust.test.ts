import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trustedRoots } from '../../../src/http/trust.js';
import { createAuthority } from '../../support/loopback-https.js';

const first = createAuthority('First root');
const second = createAuthority('Second root');
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-trust-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

const subjects = (roots: string[]) => roots.map((pem) => new X509Certificate(pem).subject);

describe('the CA file', () => {
  test('may hold several certificates with text around them', () => {
    const path = file('ca.pem', `first\n${first.pem}\nsecond\r\n${second.pem.replaceAll('\n', '\r\n')}`);
    expect(subjects(trustedRoots(path, {}).slice(0, 2))).toEqual(['CN=First root', 'CN=Second root']);
  });

  test('may be DER', () => {
    expect(subjects(trustedRoots(file('ca.cer', first.issuer.certificate), {}).slice(0, 1))).toEqual(['CN=First root']);
  });

  test('may be bare base64', () => {
    const path = file('ca.b64', Buffer.from(first.issuer.certificate).toString('base64'));
    expect(subjects(trustedRoots(path, {}).slice(0, 1))).toEqual(['CN=First root']);
  });

  test.each([
    ['an empty file', ''],
    ['a text', 'hello'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ['a key', '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n'],
  ])('with %s is refused by its name', (_, content) => {
    const path = file('ca.pem', content);
    expect(() => trustedRoots(path, {})).toThrow(path);
  });

  test('that does not exist is refused by its name', () => {
    const path = join(dir, 'nowhere.pem');
    const message = `CA certificate file ${path} cannot be used: there is no such file`;
    expect(() => trustedRoots(path, {})).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE', message }));
  });
});

describe('the list', () => {
  test('always has the roots of Node, each once', () => {
    const roots = trustedRoots(undefined, {});
    expect(roots).toEqual(expect.arrayContaining(tls.rootCertificates.map((pem) => pem.trim())));
    expect(new Set(roots).size).toBe(roots.length);
  });

  test('has what SSL_CERT_FILE and NODE_EXTRA_CA_CERTS name', () => {
    const env = { SSL_CERT_FILE: file('system.pem', first.pem), NODE_EXTRA_CA_CERTS: file('extra.pem', second.pem) };
    const roots = trustedRoots(undefined, env);
    expect(roots).toContain(first.pem.trim());
    expect(roots).toContain(second.pem.trim());
  });

  test('does without files that only the environment names and that are missing', () => {
    expect(trustedRoots(undefined, { SSL_CERT_FILE: join(dir, 'a'), NODE_EXTRA_CA_CERTS: join(dir, 'b') }).length).toBeGreaterThan(50);
  });
});
