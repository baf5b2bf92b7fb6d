import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { curlEnvironment, findCurl, judgeCurl } from '../../../../src/http/curl/program.js';
import { BUILD_ADDON_HINT } from '../../../../src/native.js';
import { failure } from '../../../support/failure.js';

const ENGINES = 'Build-time engines:\n  dynamic\n';
const NO_ENGINES = 'Build-time engines:\n  <none>\n';
const debian = (version: string, tls = 'OpenSSL/3.0.19') =>
  `curl ${version} (x86_64-pc-linux-gnu) libcurl/${version} ${tls} zlib/1.2.13\nRelease-Date: 2023-02-20\n`;

function emptyFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-path-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe('a curl is judged', () => {
  test.each([
    [debian('7.88.1'), ENGINES, 'ENG'],
    [debian('8.14.1', 'OpenSSL/3.5.0'), ENGINES, 'ENG'],
    [debian('8.15.0', 'OpenSSL/4.0.0'), NO_ENGINES, 'PROV'],
    ['curl 7.68.0-DEV (x) libcurl/7.68.0 (GnuTLS/3.7) OpenSSL/1.1.1w\n', ENGINES, 'ENG'],
  ])('able: %s', (version, engines, keyType) => {
    expect(judgeCurl(version, engines)).toBe(keyType);
  });

  test.each([
    ['Windows', 'curl 8.9.1 (Windows) libcurl/8.9.1 Schannel zlib/1.3\n', ENGINES, /its TLS library is not OpenSSL/],
    ['macOS', 'curl 8.7.1 (x86_64-apple-darwin24.0) libcurl/8.7.1 (SecureTransport) LibreSSL/3.3.6 zlib/1.2.12\n', ENGINES, /not OpenSSL/],
    ['a second library that is not in use', 'curl 8.0.1 (x) libcurl/8.0.1 (OpenSSL/3.0.1) Schannel\n', ENGINES, /not OpenSSL/],
    ['an old one', debian('7.61.1', 'OpenSSL/1.1.1k'), ENGINES, /it is version 7\.61, and 7\.68 is the first/],
    ['one without engines from before providers', debian('8.11.0'), NO_ENGINES, /built without OpenSSL engines/],
    ['something else', 'hello\n', ENGINES, /does not say which version/],
  ])('not able: %s', (_, version, engines, message) => {
    expect(() => judgeCurl(version, engines)).toThrow(
      expect.objectContaining({ code: 'ADDON_MISSING', message: expect.stringMatching(message) }),
    );
  });

  test('without being there, the hint says how to build the addon', async () => {
    expect(await failure(findCurl({ PATH: emptyFolder() }))).toMatchObject({
      code: 'ADDON_MISSING',
      message: 'neither the addon that lets TLS use the card nor curl, which could stand in for it, is there',
      hint: BUILD_ADDON_HINT,
    });
  });

  test('that cannot be run is not able', async () => {
    const dir = emptyFolder();
    writeFileSync(join(dir, 'curl'), '#!/bin/sh\nexit 3\n');
    chmodSync(join(dir, 'curl'), 0o755);
    expect(await failure(findCurl({ PATH: dir }))).toMatchObject({
      code: 'ADDON_MISSING',
      message: expect.stringContaining('it cannot be run (3)'),
    });
  });
});

test('the environment of curl has what modules need, and nothing of ours or about curl', () => {
  const modules = {
    PATH: '/bin',
    HOME: '/home/a',
    SOFTHSM2_CONF: '/c',
    TPM2_PKCS11_STORE: '/t',
    P11_KIT_SERVER_ADDRESS: 'unix:path=/p',
    VENDOR: '1',
  };
  const others = {
    LYNCAUTH_PIN: '1234',
    HTTPS_PROXY: 'http://a:b@c',
    https_proxy: 'http://a:b@c',
    ALL_PROXY: 'x',
    no_proxy: 'y',
    SSLKEYLOGFILE: '/keys',
    SSL_CERT_FILE: '/roots',
    CURL_CA_BUNDLE: '/roots',
    CURL_HOME: '/h',
    NODE_OPTIONS: '-r x',
  };
  const paths = { PKCS11_MODULE_PATH: '/m.so', PKCS11_PROVIDER_MODULE: '/m.so' };
  expect(curlEnvironment({ ...modules, ...others, PKCS11_MODULE_PATH: '/other.so' }, '/m.so')).toEqual({ ...modules, ...paths });
});
