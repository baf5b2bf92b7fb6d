import { expect, test } from 'vitest';
import { decodePem, encodePem } from '../../../src/x509/pem.js';
import { openssl } from '../../support/openssl.js';

const DER = Buffer.from(`3081${'c8'}${'02'.repeat(200)}`, 'hex');

test('PEM has 64 columns, LF and its label', () => {
  const lines = encodePem('CERTIFICATE REQUEST', DER).split('\n');
  expect(lines[0]).toBe('-----BEGIN CERTIFICATE REQUEST-----');
  expect(lines[1]).toHaveLength(64);
  expect(lines.at(-2)).toBe('-----END CERTIFICATE REQUEST-----');
  expect(lines.at(-1)).toBe('');
});

test('PEM comes back as it went', () => {
  expect(decodePem(`a\n${encodePem('ONE', DER)}b\n${encodePem('TWO', Buffer.from([0xff]))}`)).toEqual([
    { label: 'ONE', der: DER },
    { label: 'TWO', der: Buffer.from([0xff]) },
  ]);
});

test('openssl reads the armour', () => {
  const key = openssl(['genpkey', '-algorithm', 'ED25519', '-outform', 'DER']);
  expect(openssl(['pkey', '-outform', 'DER'], { input: Buffer.from(encodePem('PRIVATE KEY', key)) })).toEqual(key);
});

test.each(['', 'nothing', '-----BEGIN X-----', 'A'.repeat(1024 * 1024 + 1)])('text without a block is refused', (text) => {
  expect(() => decodePem(text)).toThrow(expect.objectContaining({ code: 'CERTIFICATE_REFUSED' }));
});
