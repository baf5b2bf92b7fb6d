/** The certificates the practice organisation issues, as openssl reads them. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleCertificates } from '../../../src/x509/issue-bundle.js';
import { type Issuer, issueCertificate, selfSigned } from '../../../src/x509/issue-certificate.js';
import { issueCrl } from '../../../src/x509/issue-crl.js';

const DAY = 24 * 60 * 60 * 1000;
const SID = 'S-1-5-21-1111111111-2222222222-3333333333-1105';
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-issue-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe.each(['rsa', 'ec'] as const)('an issuer with an %s key', (kind) => {
  it('issues a certificate that openssl verifies against the root', () => {
    const issuer = createRoot(kind);
    writeFileSync(join(dir, 'leaf.pem'), pem('CERTIFICATE', issueUser(issuer)));
    writeFileSync(join(dir, 'root.pem'), pem('CERTIFICATE', issuer.certificate));

    expect(openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'root.pem', 'leaf.pem')).toContain('leaf.pem: OK');
  });

  it('signs an empty revocation list that openssl verifies', () => {
    const issuer = createRoot(kind);
    const now = Date.now();
    writeFileSync(join(dir, 'root.pem'), pem('CERTIFICATE', issuer.certificate));
    writeFileSync(join(dir, 'list.crl'), issueCrl(issuer, { thisUpdate: new Date(now), nextUpdate: new Date(now + 7 * DAY), number: 12 }));

    const text = openssl('crl', '-inform', 'DER', '-in', 'list.crl', '-CAfile', 'root.pem', '-text', '-noout');
    expect(text).toContain('No Revoked Certificates');
    expect(text).toMatch(/X509v3 CRL Number:\s+12\b/);
  });
});

describe('issueCertificate', () => {
  it('writes UPN, purposes, key usage and the two addresses where openssl finds them', () => {
    const text = certificateText(issueUser(createRoot('rsa')));

    expect(text).toContain('Subject: DC = test, DC = lab, CN = Alice');
    expect(text).toMatch(/othername:\s*UPN:+alice@lab\.test/i);
    expect(text).toContain('email:alice@lab.test');
    expect(text).toContain('TLS Web Client Authentication, Microsoft Smartcard Login');
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature, Key Encipherment/);
    expect(text).toContain('URI:https://localhost/list.crl');
    expect(text).toContain('CA Issuers - URI:https://localhost/root.crt');
  });

  it('writes the SID extension in the bytes a domain controller reads', () => {
    const der = issueUser(createRoot('rsa'));

    const expected = `3040a03e060a2b060104018237190201a030042e${Buffer.from(SID).toString('hex')}`;
    expect(der.toString('hex')).toContain(`06092b06010401823719020442${expected}`);
  });

  it('names a version 1 template as a BMPString', () => {
    const der = issueUser(createRoot('rsa'), { template: { name: 'SmartcardUser' } });

    const name = Buffer.from('SmartcardUser', 'utf16le').swap16();
    expect(der.includes(Buffer.concat([Buffer.from([0x1e, name.length]), name]))).toBe(true);
  });

  it('names a later template by OID and version, and repeats the purposes as application policies', () => {
    const text = certificateText(issueUser(createRoot('rsa'), { template: { oid: '1.3.6.1.4.1.311.21.8.1.2.3', major: 100, minor: 3 } }));

    expect(text).toContain('1.3.6.1.4.1.311.21.7');
    expect(text).toContain('1.3.6.1.4.1.311.21.10');
  });

  it('gives every certificate its own serial number of 16 bytes', () => {
    const issuer = createRoot('ec');

    const serials = Array.from({ length: 5 }, () => new X509Certificate(issueUser(issuer)).serialNumber);
    expect(new Set(serials).size).toBe(5);
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/.test(serial))).toBe(true);
  });

  it('issues a server certificate for a name and an address', () => {
    const issuer = createRoot('rsa');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = issueCertificate(
      { ...content(publicKey), keyUsage: ['digitalSignature'], dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
      issuer,
    );

    const certificate = new X509Certificate(der);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  });
});

describe('bundleCertificates', () => {
  it('packs RSA and EC certificates so that openssl unpacks the same bytes in the same order', () => {
    const certificates = [
      issueUser(createRoot('rsa')),
      Buffer.from(createRoot('rsa').certificate),
      Buffer.from(createRoot('ec').certificate),
    ];
    writeFileSync(join(dir, 'chain.p7b'), bundleCertificates(certificates));

    const text = openssl('pkcs7', '-inform', 'DER', '-in', 'chain.p7b', '-print_certs');
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    expect(blocks.map((block) => new X509Certificate(block).raw.toString('hex'))).toEqual(certificates.map((der) => der.toString('hex')));
  });
});

function createRoot(kind: 'rsa' | 'ec'): Issuer {
  const { privateKey } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const certificate = selfSigned(
    {
      subject: 'CN=practice root',
      isCa: true,
      keyUsage: ['keyCertSign', 'cRLSign'],
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + DAY),
    },
    privateKey,
  );
  return { certificate, key: privateKey };
}

function content(publicKey: KeyObject) {
  const now = Date.now();
  return {
    subject: 'CN=Alice,DC=lab,DC=test',
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + DAY),
  };
}

function issueUser(issuer: Issuer, changes: { template?: { name: string } | { oid: string; major: number; minor: number } } = {}): Buffer {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return issueCertificate(
    {
      ...content(publicKey),
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2'],
      upn: 'alice@lab.test',
      email: 'alice@lab.test',
      sid: SID,
      crlUrl: 'https://localhost/list.crl',
      issuerUrl: 'https://localhost/root.crt',
      ...changes,
    },
    issuer,
  );
}

function pem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`.replace(/.{64}/g, '$&\n');
}

function certificateText(der: Buffer): string {
  writeFileSync(join(dir, 'shown.der'), der);
  return openssl('x509', '-inform', 'DER', '-in', 'shown.der', '-noout', '-text');
}

/** Standard output and standard error together: openssl says its verdicts on either. */
function openssl(...args: string[]): string {
  return execFileSync('sh', ['-c', 'exec openssl "$@" 2>&1', 'sh', ...args], { cwd: dir, encoding: 'utf8' });
}
