import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { isLyncauthError } from '../../../src/errors.js';
import { certificateSummary, readCertificate } from '../../../src/x509/certificate.js';
import { openssl } from '../../support/openssl.js';
import { CA_EXTENSIONS, CARD_EXTENSIONS, type Sample, SID_EXTENSION, selfSigned } from './certificate-samples.js';

const SID = 'S-1-5-21-1-2-3-1105';
let card: Sample;

beforeAll(() => {
  card = selfSigned('rsa', '/DC=test/DC=contoso/OU=R\\, D/CN=Kim Åkers', [
    ...CARD_EXTENSIONS,
    `1.3.6.1.4.1.311.25.2=DER:${SID_EXTENSION}`,
    '1.3.6.1.4.1.311.20.2=ASN1:BMP:SmartcardUser',
  ]);
});

describe('a certificate made by openssl', () => {
  test('is read as openssl reads it', () => {
    const info = readCertificate(card.der);
    const other = new X509Certificate(card.der);
    expect(info).toMatchObject({
      subject: 'CN=Kim Åkers,OU=R\\, D,DC=contoso,DC=test',
      issuer: 'CN=Kim Åkers,OU=R\\, D,DC=contoso,DC=test',
      serialNumber: '80a1',
      upn: 'kim@contoso.test',
      emailAddress: 'kim.lee@contoso.test',
      extendedKeyUsage: ['1.3.6.1.4.1.311.20.2.2', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.4'],
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      isCa: false,
      signatureAlgorithm: 'sha256WithRSAEncryption',
    });
    expect(info.notBefore).toEqual(new Date(other.validFrom));
    expect(info.notAfter).toEqual(new Date(other.validTo));
    expect(info.sha256).toBe(other.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(info.publicKey).toEqual(other.publicKey.export({ type: 'spki', format: 'der' }));
    expect(info.der).toEqual(card.der);
  });

  test('gives the exact DER of its names and serial number', () => {
    const info = readCertificate(card.der);
    expect(info.serialNumberDer.toString('hex')).toBe('02030080a1');
    for (const part of [info.subjectDer, info.issuerDer]) expect(card.der.includes(part)).toBe(true);
    expect(openssl(['asn1parse', '-inform', 'DER'], { input: info.subjectDer }).toString()).toContain('Kim');
  });

  test('of a CA is seen to be one', () => {
    expect(readCertificate(selfSigned('ec', '/CN=Root', CA_EXTENSIONS).der)).toMatchObject({
      isCa: true,
      keyUsage: ['keyCertSign', 'cRLSign'],
      signatureAlgorithm: 'ecdsa-with-SHA256',
    });
  });

  test('without extensions is read', () => {
    const info = readCertificate(selfSigned('ec', '/CN=Bare').der);
    expect(info).toMatchObject({ extendedKeyUsage: [], keyUsage: [], isCa: false, strongMapping: false });
    expect(info).not.toHaveProperty('upn');
  });
});

describe('the template', () => {
  test('of version 1 is a name', () => {
    expect(readCertificate(card.der).template).toBe('SmartcardUser');
  });

  test('of a later version is an OID', () => {
    const sections = '[t]\noid=OID:1.3.6.1.4.1.311.21.8.1.2.3\nmajor=INT:100\nminor=INT:3\n';
    expect(readCertificate(selfSigned('ec', '/CN=x', ['1.3.6.1.4.1.311.21.7=ASN1:SEQ:t'], sections).der).template).toBe(
      '1.3.6.1.4.1.311.21.8.1.2.3',
    );
  });

  test('that cannot be read is left out', () => {
    expect(readCertificate(selfSigned('ec', '/CN=x', ['1.3.6.1.4.1.311.21.7=DER:0500']).der)).not.toHaveProperty('template');
  });
});

describe('the strong mapping', () => {
  test('is there with the security identifier extension', () => {
    expect(readCertificate(card.der)).toMatchObject({ strongMapping: true, sid: SID });
  });

  test('is there with a security identifier among the names', () => {
    const { der } = selfSigned(
      'ec',
      '/CN=x',
      ['subjectAltName=@san'],
      `[san]\nURI.1=https://x.test\nURI.2=tag:microsoft.com,2022-09-14:sid:${SID}\n`,
    );
    expect(readCertificate(der)).toMatchObject({ strongMapping: true, sid: SID });
  });

  test('is not there with a UPN alone', () => {
    expect(readCertificate(selfSigned('ec', '/CN=x', CARD_EXTENSIONS).der)).toMatchObject({
      strongMapping: false,
      upn: 'kim@contoso.test',
    });
  });

  test.each(['0500', SID_EXTENSION.replace(Buffer.from('S-1').toString('hex'), Buffer.from('S-2').toString('hex')), '30023000'])(
    'is not there with a broken extension: %s',
    (hex) => {
      expect(readCertificate(selfSigned('ec', '/CN=x', [`1.3.6.1.4.1.311.25.2=DER:${hex}`]).der).strongMapping).toBe(false);
    },
  );
});

describe('a certificate is refused', () => {
  const refused = expect.objectContaining({ code: 'CERTIFICATE_REFUSED' });

  test('when it is cut anywhere', () => {
    for (let length = 0; length < card.der.length; length += 7)
      expect(() => readCertificate(card.der.subarray(0, length))).toThrow(refused);
  });

  test('when something follows it', () => {
    expect(() => readCertificate(Buffer.concat([card.der, Buffer.from([0])]))).toThrow(refused);
  });

  test('when an extension occurs twice', () => {
    const twice = Buffer.from(selfSigned('ec', '/CN=x', ['1.2.3.4=DER:0500', '1.2.3.5=DER:0500']).der);
    twice[twice.indexOf(Buffer.from('06032a0305', 'hex')) + 4] = 4;
    expect(() => readCertificate(twice)).toThrow(/1\.2\.3\.4 occurs twice/);
  });

  test('when its subject alternative name is broken', () => {
    expect(() => readCertificate(selfSigned('ec', '/CN=x', ['subjectAltName=DER:3005a003']).der)).toThrow(refused);
  });

  test('when it is larger than any certificate', () => {
    expect(() => readCertificate(Buffer.alloc(300_000, 0x30))).toThrow(refused);
  });
});

test('whatever bytes come, a certificate is read or a typed error is thrown', () => {
  const attempt = (bytes: Uint8Array) => {
    try {
      readCertificate(bytes);
    } catch (error) {
      expect(isLyncauthError(error, 'CERTIFICATE_REFUSED')).toBe(true);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), attempt), { numRuns: 300 });
  const changes = fc.array(fc.tuple(fc.nat(card.der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(changes, (list) => {
      const bytes = Buffer.from(card.der);
      for (const [at, value] of list) bytes[at] = value;
      attempt(bytes);
    }),
    { numRuns: 700 },
  );
});

test('the summary is plain JSON with dates in ISO 8601 and nulls for what is missing', () => {
  const summary = certificateSummary(readCertificate(card.der));
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  expect(summary).toMatchObject({
    upn: 'kim@contoso.test',
    template: 'SmartcardUser',
    strongMapping: true,
    notBefore: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(certificateSummary(readCertificate(selfSigned('ec', '/CN=x').der))).toMatchObject({ upn: null, template: null });
});
