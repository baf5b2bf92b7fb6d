import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { isLyncauthError } from '../../../src/errors.js';
import { readCertificates } from '../../../src/x509/bundle.js';
import { encodePem } from '../../../src/x509/pem.js';
import { certsOnlyPkcs7, openssl } from '../../support/openssl.js';
import { type Sample, selfSigned } from './certificate-samples.js';

let rsa: Sample;
let ec: Sample;
let p7: Buffer;

beforeAll(() => {
  rsa = selfSigned('rsa', '/CN=rsa');
  ec = selfSigned('ec', '/CN=ec');
  p7 = certsOnlyPkcs7([rsa.pem, ec.pem]);
});

const refused = expect.objectContaining({ code: 'CERTIFICATE_REFUSED' });

describe('certificates are found, byte for byte, in', () => {
  test('DER', () => expect(readCertificates(ec.der)).toEqual([ec.der]));
  test('PEM', () => expect(readCertificates(Buffer.from(ec.pem))).toEqual([ec.der]));
  test('PEM with CRLF, a byte order mark and text around it', () => {
    const text = `\ufeffBag Attributes\r\n${ec.pem.replaceAll('\n', '\r\n')}\r\nthe end`;
    expect(readCertificates(Buffer.from(text))).toEqual([ec.der]);
  });
  test('several PEM blocks, a key among them', () => {
    expect(readCertificates(Buffer.from(`${rsa.pem}${rsa.key}${ec.pem}`))).toEqual([rsa.der, ec.der]);
  });
  test('base64 in lines', () => {
    const text = (ec.der.toString('base64').match(/.{1,64}/g) ?? []).join('\r\n');
    expect(readCertificates(Buffer.from(`${text}\r\n`))).toEqual([ec.der]);
  });
  test('a PKCS#7 with RSA and EC', () => expect(new Set(hex(readCertificates(p7)))).toEqual(new Set(hex([rsa.der, ec.der]))));
  test('a PKCS#7 in its own armour', () => expect(readCertificates(certsOnlyPkcs7([ec.pem], 'PEM'))).toEqual([ec.der]));
  test('a PKCS#7 in the armour of a certificate', () => {
    expect(readCertificates(Buffer.from(encodePem('CERTIFICATE', certsOnlyPkcs7([ec.pem]))))).toEqual([ec.der]);
  });
  test('a PKCS#7 in base64', () => expect(readCertificates(Buffer.from(certsOnlyPkcs7([ec.pem]).toString('base64')))).toEqual([ec.der]));
  test('a signed message', () => {
    const files = { 'c.pem': ec.pem, 'k.pem': ec.key, 'm.txt': 'hello' };
    const cms = openssl(['cms', '-sign', '-in', 'm.txt', '-signer', 'c.pem', '-inkey', 'k.pem', '-outform', 'DER', '-nodetach'], { files });
    expect(readCertificates(cms)).toEqual([ec.der]);
  });
});

describe('no certificate is taken from', () => {
  test.each([
    ['nothing', ''],
    ['a page', '<html></html>'],
    ['a word', 'hello'],
    ['a key', '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'],
    ['PEM without an end', '-----BEGIN CERTIFICATE-----\nMAA='],
    ['an empty SEQUENCE', Buffer.from('3000', 'hex')],
    [
      'a PKCS#7 without certificates',
      Buffer.from('3023060 92a864886f70d010702a016301402010131 00300b06092a864886f70d010701 3100'.replaceAll(' ', ''), 'hex'),
    ],
  ])('%s', (_, content) => {
    expect(() => readCertificates(Buffer.from(content))).toThrow(refused);
  });

  test('one with stray bytes after it', () => {
    expect(() => readCertificates(Buffer.concat([ec.der, Buffer.from('00', 'hex')]))).toThrow(refused);
  });

  test('a bundle of which one member is broken', () => {
    const broken = Buffer.from(ec.der);
    broken[broken.indexOf(Buffer.from('06082a8648ce3d0301', 'hex')) + 5] = 0xff;
    broken[4] = 0x31;
    expect(() => readCertificates(Buffer.from(rsa.pem + encodePem('CERTIFICATE', broken)))).toThrow(refused);
  });

  test('more than 1 MiB', () => {
    expect(() => readCertificates(Buffer.alloc(1024 * 1024 + 1, 0x30))).toThrow(refused);
  });

  test('more than 20 certificates', () => {
    expect(readCertificates(Buffer.from(ec.pem.repeat(20)))).toHaveLength(20);
    expect(() => readCertificates(Buffer.from(ec.pem.repeat(21)))).toThrow(refused);
  });

  test('a DER that hides PEM text of another certificate', () => {
    const wrap = (tag: number, inner: Buffer) => Buffer.concat([Buffer.from([tag, 0x82, inner.length >> 8, inner.length & 0xff]), inner]);
    expect(() => readCertificates(wrap(0x30, wrap(0x0c, Buffer.from(`\n${ec.pem}`))))).toThrow(refused);
  });
});

test('whatever bytes come, certificates are found or a typed error is thrown', () => {
  const attempt = (bytes: Uint8Array) => {
    try {
      expect(readCertificates(bytes).length).toBeGreaterThan(0);
    } catch (error) {
      expect(isLyncauthError(error, 'CERTIFICATE_REFUSED')).toBe(true);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 300 });
  const changes = fc.array(fc.tuple(fc.nat(p7.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(changes, (list) => {
      const bytes = Buffer.from(p7);
      for (const [at, value] of list) bytes[at] = value;
      attempt(bytes);
      attempt(Buffer.from(encodePem('CERTIFICATE', bytes)));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['nested SEQUENCEs', (n: number) => Buffer.alloc(n, Buffer.from('3080', 'hex'))],
  ['armour that never ends', (n: number) => Buffer.alloc(n, '-----BEGIN CERTIFICATE-----\n')],
  ['armour full of blank lines', (n: number) => Buffer.from(`-----BEGIN CERTIFICATE-----${'\n'.repeat(n)}!-----END CERTIFICATE-----`)],
  ['blanks', (n: number) => Buffer.from(`${' '.repeat(n)}-----BEGIN `)],
  ['header lines', (n: number) => Buffer.from(`-----BEGIN CERTIFICATE-----\n${'A: b\n'.repeat(n / 5)}\n-----END CERTIFICATE-----`)],
  ['digits', (n: number) => Buffer.alloc(n, 'A')],
])('1 MB of %s is refused in linear time', (_, make) => {
  const cost = (size: number) => {
    const bytes = make(size);
    const before = process.cpuUsage();
    expect(() => readCertificates(bytes)).toThrow(refused);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const unit = Math.max(cost(62_500), 5000);
  expect(cost(1_000_000)).toBeLessThan(unit * 100);
});

function hex(list: Buffer[]): string[] {
  return list.map((der) => der.toString('hex'));
}
