import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { channelBindingHash, serverEndPoint } from '../../../../src/http/auth/channel-binding.js';
import { openssl } from '../../../support/openssl.js';

const RSA = ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
const EC = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const PSS = ['-sigopt', 'rsa_padding_mode:pss'];

/** A certificate that signs itself in the way that `options` of openssl req say; DER. */
function certificate(key: readonly string[], options: readonly string[]): Buffer {
  const own = openssl(['genpkey', '-algorithm', ...key]);
  const files = { 'key.pem': own, 'openssl.conf': '[req]\ndistinguished_name = name\n[name]\n' };
  const command = ['req', '-x509', '-config', 'openssl.conf', '-key', 'key.pem', '-subj', '/CN=server', '-outform', 'DER'];
  return openssl([...command, ...options], { files });
}

describe('the end point of a server', () => {
  test.each<[string, string[], string[], string]>([
    ['RSA with SHA-256', RSA, ['-sha256'], 'sha256'],
    ['RSA with SHA-384', RSA, ['-sha384'], 'sha384'],
    ['RSA with SHA-512', RSA, ['-sha512'], 'sha512'],
    ['RSA with SHA-1', RSA, ['-sha1'], 'sha256'],
    ['RSA with MD5', RSA, ['-md5'], 'sha256'],
    ['RSA-PSS with SHA-256', RSA, ['-sha256', ...PSS], 'sha256'],
    ['RSA-PSS with SHA-384', RSA, ['-sha384', ...PSS], 'sha384'],
    ['RSA-PSS with SHA-512', RSA, ['-sha512', ...PSS], 'sha512'],
    ['ECDSA with SHA-256', EC, ['-sha256'], 'sha256'],
    ['ECDSA with SHA-384', EC, ['-sha384'], 'sha384'],
    ['ECDSA with SHA-512', EC, ['-sha512'], 'sha512'],
    ['Ed25519', ['ed25519'], [], 'sha256'],
  ])('whose certificate is signed by %s', (_, key, options, hash) => {
    const der = certificate(key, options);
    const expected = Buffer.concat([Buffer.from('tls-server-end-point:'), createHash(hash).update(der).digest()]);
    expect(serverEndPoint(der)).toEqual(expected);
    expect(serverEndPoint(new X509Certificate(der).raw)).toEqual(expected);
  });

  test.each(['', '30', '3080', '3003020100', '30820400300a', '30ffffffff', '3084ffffffff', '300430003005'])('is none for %j', (hex) => {
    expect(() => serverEndPoint(Buffer.from(hex, 'hex'))).toThrow(LyncauthError);
  });
});

test('the hash is MD5 of a structure without addresses', () => {
  const data = Buffer.from('tls-server-end-point:x');
  const structure = Buffer.concat([Buffer.alloc(16), Buffer.from([data.length, 0, 0, 0]), data]);
  expect(channelBindingHash(data)).toEqual(createHash('md5').update(structure).digest());
});
