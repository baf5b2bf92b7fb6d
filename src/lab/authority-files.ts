/** The practice CA's root and the certificate of its HTTPS host: made once per lab directory, kept as PEM files. */
import { createPrivateKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CertificateContent, type Issuer, issueCertificate, selfSigned } from '../x509/issue-certificate.js';
import { ORGANISATION } from './accounts.js';
import { writePrivate } from './directory.js';
import { encodeCertificate } from './encode.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS_PASSED = 7;
const ROOT_DAYS = 3650;
/** With the days passed, what Apple's TLS takes of a server certificate. */
const SERVER_DAYS = 390;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const generate = promisify(generateKeyPair);

/** Key and certificate of the HTTPS host, PEM. */
export interface ServerCredentials {
  readonly key: string;
  readonly certificate: string;
}

/** Path of the root certificate: what a client trusts to talk to this host. */
export function rootFile(dir: string): string {
  return join(dir, 'ca.pem');
}

/** The root of `dir`, made when it has none. */
export async function openRoot(dir: string, now: Date): Promise<Issuer> {
  const keyFile = join(dir, 'ca.key');
  if (!existsSync(rootFile(dir))) {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 });
    const root = createRoot(privateKey, now);
    writePrivate(keyFile, pemKey(root.key));
    writePrivate(rootFile(dir), encodeCertificate(root.certificate));
  }
  return readRoot(dir);
}

/** The root of a directory that has one. */
export function readRoot(dir: string): Issuer {
  return {
    certificate: new X509Certificate(readFileSync(rootFile(dir))).raw,
    key: createPrivateKey(readFileSync(join(dir, 'ca.key'))),
  };
}

/** A self-signed root with this CA's name. */
export function createRoot(key: KeyObject, now: Date): Issuer {
  const content = {
    subject: `CN=${ORGANISATION} root (not a real CA),O=${ORGANISATION}`,
    isCa: true,
    keyUsage: ['keyCertSign', 'cRLSign'],
    ...validity(now, ROOT_DAYS),
  } satisfies Omit<CertificateContent, 'publicKey'>;
  return { certificate: selfSigned(content, key), key };
}

/**
 * A new certificate for localhost, 127.0.0.1 and certauth.localhost, as which AD FS can ask for certificates; made at every start, so that it never runs out.
 *
 * @param more - further DNS names.
 */
export async function createServerCredentials(
  dir: string,
  root: Issuer,
  now: Date,
  more: readonly string[] = [],
): Promise<ServerCredentials> {
  const { privateKey, publicKey } = await generate('ec', { namedCurve: 'P-256' });
  const content: CertificateContent = {
    subject: `CN=localhost,O=${ORGANISATION}`,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [SERVER_AUTHENTICATION],
    dnsNames: ['localhost', 'certauth.localhost', ...more],
    ipAddresses: ['127.0.0.1'],
    ...validity(now, SERVER_DAYS),
  };
  const credentials = { key: pemKey(privateKey), certificate: encodeCertificate(issueCertificate(content, root)) };
  writePrivate(join(dir, 'server.key'), credentials.key);
  writePrivate(join(dir, 'server.pem'), credentials.certificate);
  return credentials;
}

/** Begun some days ago, so that it contains certificates made to have expired, and a clock that is behind does not matter. */
function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - DAYS_PASSED * DAY_MS), notAfter: new Date(now.getTime() + days * DAY_MS) };
}

function pemKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}
