import { beforeAll, describe, expect, test } from 'vitest';
import type { HashName } from '../../../src/signer.js';
import { buildCertificationRequest, readCertificationRequest } from '../../../src/x509/certification-request.js';
import { openssl } from '../../support/openssl.js';
import { type SoftwareSigner, softwareSigner } from './software-signer.js';

let rsa: SoftwareSigner;
let ec: SoftwareSigner;

beforeAll(() => {
  rsa = softwareSigner(2048);
  ec = softwareSigner('P-256');
});

const text = (request: Buffer) => openssl(['req', '-inform', 'DER', '-noout', '-verify', '-text'], { input: request }).toString();
const asn1 = (request: Buffer) => openssl(['asn1parse', '-inform', 'DER'], { input: request }).toString();

describe('a request that openssl verifies is built', () => {
  test.each<[2048 | 3072 | 4096 | 'P-256' | 'P-384', HashName | undefined, string]>([
    [2048, undefined, 'sha256WithRSAEncryption'],
    [2048, 'sha1', 'sha1WithRSAEncryption'],
    [2048, 'sha384', 'sha384WithRSAEncryption'],
    [2048, 'sha512', 'sha512WithRSAEncryption'],
    [3072, 'sha256', 'sha256WithRSAEncryption'],
    [4096, 'sha256', 'sha256WithRSAEncryption'],
    ['P-256', undefined, 'ecdsa-with-SHA256'],
    ['P-256', 'sha1', 'ecdsa-with-SHA1'],
    ['P-256', 'sha384', 'ecdsa-with-SHA384'],
    ['P-384', undefined, 'ecdsa-with-SHA384'],
    ['P-384', 'sha512', 'ecdsa-with-SHA512'],
  ])('for %s with hash %s', async (kind, hash, algorithm) => {
    const signer = kind === 2048 ? rsa : kind === 'P-256' ? ec : softwareSigner(kind);
    const request = await buildCertificationRequest({ signer, hash, subject: 'CN=Kim' });
    expect(text(request)).toContain(`Signature Algorithm: ${algorithm}`);
  });
});

describe('a request', () => {
  test('has the subject in the order of the directory', async () => {
    const request = await buildCertificationRequest({ signer: ec, subject: 'CN=Kim \\, Jr.,OU=Sales,DC=contoso,DC=test' });
    expect(text(request)).toContain('Subject: DC = test, DC = contoso, OU = Sales, CN = "Kim , Jr."');
  });

  test('asks for what a smart card certificate needs', async () => {
    const request = await buildCertificationRequest({
      signer: rsa,
      subject: 'CN=Kim',
      upn: 'kim@contoso.test',
      emailAddress: 'k@contoso.test',
    });
    const shown = text(request);
    expect(shown).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment\n/);
    expect(shown).toContain('TLS Web Client Authentication, Microsoft Smartcard Login');
    expect(shown).toMatch(/othername: UPN::kim@contoso.test, email:k@contoso.test/);
  });

  test('for an elliptic curve does not ask to encipher keys', async () => {
    const request = await buildCertificationRequest({ signer: ec, subject: 'CN=Kim' });
    expect(text(request)).toMatch(/Key Usage: critical\s+Digital Signature\n/);
  });

  test('names the template as a BMPString', async () => {
    const request = await buildCertificationRequest({ signer: ec, subject: 'CN=Kim', template: 'SmartcardUser' });
    expect(asn1(request)).toMatch(/1\.3\.6\.1\.4\.1\.311\.20\.2\n.*OCTET STRING\s+\[HEX DUMP\]:1E1A0053006D00610072007400/);
    expect(readCertificationRequest(request).template).toBe('SmartcardUser');
  });

  test('tells nothing about computer, account and program unless that is wanted', async () => {
    const request = await buildCertificationRequest({ signer: ec, subject: 'CN=Kim' });
    expect(readCertificationRequest(request).attributes).toEqual(['1.2.840.113549.1.9.14']);
  });

  test('tells them in the attributes of Microsoft when it is wanted', async () => {
    const clientInfo = { host: 'pc7.contoso.test', user: 'CONTOSO\\kim', process: 'lyncauth', osVersion: '10.0.22631.2' };
    const shown = asn1(await buildCertificationRequest({ signer: ec, subject: 'CN=Kim', clientInfo }));
    expect(shown).toMatch(/1\.3\.6\.1\.4\.1\.311\.13\.2\.3[\s\S]*IA5STRING\s+:10\.0\.22631\.2/);
    expect(shown).toMatch(/Microsoft CSP|1\.3\.6\.1\.4\.1\.311\.13\.2\.2[\s\S]*BMPSTRING/);
    expect(shown).toMatch(/1\.3\.6\.1\.4\.1\.311\.21\.20[\s\S]*UTF8STRING\s+:pc7\.contoso\.test[\s\S]*:CONTOSO\\kim[\s\S]*:lyncauth/);
  });

  test('with a name in any script survives', async () => {
    const request = await buildCertificationRequest({ signer: ec, subject: 'CN=Åsa 李', upn: 'åsa@contoso.test' });
    expect(readCertificationRequest(request)).toMatchObject({ subject: 'CN=Åsa 李', upn: 'åsa@contoso.test' });
  });

  test('is signed once, with PKCS#1 for RSA and ECDSA for curves', async () => {
    for (const [signer, kind] of [
      [rsa, 'rsa-pkcs1'],
      [ec, 'ecdsa'],
    ] as const) {
      signer.schemes.length = 0;
      await buildCertificationRequest({ signer, subject: 'CN=Kim' });
      expect(signer.schemes).toEqual([{ kind, hash: 'sha256' }]);
    }
  });
});

describe('a request is not handed out', () => {
  test('when the signature does not fit the key', async () => {
    const liar = { ...ec, sign: softwareSigner('P-256').sign };
    await expect(buildCertificationRequest({ signer: liar, subject: 'CN=Kim' })).rejects.toMatchObject({ code: 'CARD_FAILED' });
  });

  test('for a subject that is no distinguished name', async () => {
    await expect(buildCertificationRequest({ signer: ec, subject: 'kim@contoso.test' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('for a key of an unknown kind', async () => {
    const odd = { ...ec, publicKey: Buffer.from('3003020101', 'hex') };
    await expect(buildCertificationRequest({ signer: odd, subject: 'CN=Kim' })).rejects.toMatchObject({ code: 'CARD_UNSUPPORTED' });
  });
});

describe('reading a request', () => {
  test('made by openssl gives its key, subject and hash, and verifies', () => {
    const key = ec.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const der = openssl(['req', '-new', '-key', 'key.pem', '-subj', '/DC=test/CN=Kim', '-sha384', '-outform', 'DER', '-config', 'c.cnf'], {
      files: { 'key.pem': key, 'c.cnf': '[req]\ndistinguished_name=dn\n[dn]\n' },
    });
    const request = readCertificationRequest(der);
    expect(request).toMatchObject({ subject: 'CN=Kim,DC=test', hash: 'sha384', attributes: [], extendedKeyUsage: [] });
    expect(request.publicKey.equals(ec.publicKey)).toBe(true);
    expect(request.verify()).toBe(true);
  });

  test('that was changed after signing does not verify', async () => {
    const der = await buildCertificationRequest({ signer: ec, subject: 'CN=Kim' });
    const at = der.indexOf('Kim');
    der.write('Tim', at);
    expect(readCertificationRequest(der)).toMatchObject({ subject: 'CN=Tim' });
    expect(readCertificationRequest(der).verify()).toBe(false);
  });

  test('that is cut anywhere is a typed error', async () => {
    const der = await buildCertificationRequest({ signer: ec, subject: 'CN=Kim', upn: 'a@b.test' });
    for (let length = 0; length < der.length; length++) {
      expect(() => readCertificationRequest(der.subarray(0, length))).toThrow(expect.objectContaining({ code: 'CERTIFICATE_REFUSED' }));
    }
  });
});
