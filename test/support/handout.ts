/** Files such as an organisation hands out: a key and a certificate made for the test, packed by the real openssl. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { child, children, octets, parseAsn1, raw } from '../../src/x509/asn1.js';
import { type CertificateContent, type Issuer, issueCertificate, selfSigned } from '../../src/x509/issue-certificate.js';
import { OID } from '../../src/x509/oids.js';
import { encodePem } from '../../src/x509/pem.js';
import { openssl } from './openssl.js';

const DAY = 24 * 60 * 60 * 1000;
const fromNow = (days: number) => new Date(Date.now() + days * DAY);

export type HandoutKind = 'rsa1024' | 'rsa2048' | 'rsa3072' | 'rsa4096' | 'p256' | 'p384' | 'p521' | 'ed25519';

/** One key and its certificate. */
export interface Handed {
  key: KeyObject;
  /** DER. */
  certificate: Buffer;
}

/** A CA that is valid now. */
export function handoutCa(name = 'Handing CA'): Issuer {
  const key = newKey('p256');
  const content = {
    subject: `CN=${name}`,
    notBefore: fromNow(-10),
    notAfter: fromNow(1000),
    isCa: true,
    keyUsage: ['keyCertSign'] as const,
  };
  return { certificate: selfSigned(content, key), key };
}

/** A certificate for Kim from `ca`, valid from yesterday for a year, with a new key unless one is given. */
export function handOut(ca: Issuer, kind: HandoutKind | KeyObject, content: Partial<CertificateContent> = {}): Handed {
  const key = typeof kind === 'string' ? newKey(kind) : kind;
  const certificate = issueCertificate(
    {
      subject: 'CN=Kim',
      publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }),
      notBefore: fromNow(-1),
      notAfter: fromNow(364),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [OID.clientAuth, OID.smartcardLogon],
      upn: 'kim@contoso.com',
      ...content,
    },
    ca,
  );
  return { key, certificate };
}

/** A certificate that ended `days` days ago. */
export function ended(days: number): Pick<CertificateContent, 'notBefore' | 'notAfter'> {
  return { notBefore: fromNow(-400), notAfter: fromNow(-days) };
}

/**
 * A PKCS#12 file.
 * @param more certificates that come along: of the CA, for example
 * @param args of `openssl pkcs12 -export`; by default PBES2 with AES-256 and SHA-256
 */
export function pfx(one: Handed, password: string, { more = [], args = [] }: { more?: Uint8Array[]; args?: string[] } = {}): Buffer {
  const files = { 'key.pem': keyPem(one.key), 'certificate.pem': pem(one.certificate), 'more.pem': more.map(pem).join(''), password };
  const along = more.length === 0 ? [] : ['-certfile', 'more.pem'];
  const command = ['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'certificate.pem', ...along, ...args];
  // as UTF-8: openssl takes a password on the command line in the way of the locale
  return openssl([...command, '-passout', 'stdin'], { files, input: Buffer.from(`${password}\n`) });
}

/** One PKCS#12 file with all that is in `files`, which have no MAC (`-nomac`); openssl itself puts one key into a file. */
export function merged(files: readonly Buffer[]): Buffer {
  const parts = files.flatMap((file) => children(parseAsn1(octets(child(child(child(parseAsn1(file), 1), 1), 0)))).map(raw));
  const data = element(0x30, Buffer.from('06092a864886f70d010701', 'hex'), element(0xa0, element(0x04, element(0x30, ...parts))));
  return element(0x30, Buffer.of(2, 1, 3), data);
}

function element(tag: number, ...content: Buffer[]): Buffer {
  const inside = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag, 0x82, inside.length >> 8, inside.length & 0xff), inside]);
}

export const pem = (der: Uint8Array): string => encodePem('CERTIFICATE', der);

export const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function newKey(kind: HandoutKind): KeyObject {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: `P-${kind.slice(1)}` }).privateKey;
}
