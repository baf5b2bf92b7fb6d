/** Which certification authorities an HTTPS server may be vouched for by. It only ever adds; nothing here turns a check off. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import tls from 'node:tls';
import { LyncauthError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_CA_FILE_BYTES = 4 * 1024 * 1024;
/** Where distributions keep the roots of the system: Debian and Arch, Fedora and RHEL, SUSE, Alpine and the BSDs. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]{1,200000}-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/**
 * Every root to trust, PEM: those of `caFile`, of the system, of NODE_EXTRA_CA_CERTS and of Node itself. They are listed together because
 * giving Node a list replaces its own.
 *
 * @param caFile PEM (one or more certificates), DER or base64
 * @throws LyncauthError FILE_UNREADABLE when `caFile` cannot be read or holds no certificate. Files that only the environment names are
 *   skipped when they are missing, as OpenSSL does.
 */
export function trustedRoots(caFile: string | undefined, env: Environment): string[] {
  const own = caFile === undefined ? [] : readCaFile(caFile);
  const extra = env.NODE_EXTRA_CA_CERTS ? pemBlocks(readIfThere(env.NODE_EXTRA_CA_CERTS)) : [];
  const all = [...own, ...extra, ...systemRoots(env), ...tls.rootCertificates];
  // The system and Node carry the same roots in lines of different lengths; parsing each takes a quarter of a millisecond.
  return [...new Map(all.map((pem) => [pem.replace(/\s/g, ''), pem])).values()];
}

function systemRoots(env: Environment): string[] {
  const bundles = env.SSL_CERT_FILE ? [env.SSL_CERT_FILE, ...SYSTEM_BUNDLES] : SYSTEM_BUNDLES;
  for (const bundle of process.platform === 'win32' ? [] : bundles) {
    const roots = pemBlocks(readIfThere(bundle));
    if (roots.length > 0) return roots;
  }
  // Node 22.15 and later can ask the keychain of macOS and the certificate store of Windows.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] };
  return getCACertificates?.('system').map(normalised) ?? [];
}

/**
 * The roots of a file that a person named, PEM.
 *
 * @throws LyncauthError FILE_UNREADABLE when it cannot be read or holds no certificate
 */
export function readCaFile(path: string): string[] {
  try {
    if (statSync(path).size > MAX_CA_FILE_BYTES) throw new Error('it is larger than 4 MiB');
    const roots = certificatesOf(readFileSync(path));
    if (roots.length === 0) throw new Error('there is no certificate in it');
    return roots;
  } catch (cause) {
    throw new LyncauthError('FILE_UNREADABLE', `CA certificate file ${path} cannot be used: ${reasonOf(cause)}`, {
      hint: "name the root certificate of the server's CA, PEM or DER (--ca-file, LYNCAUTH_CA_FILE or the setting ca-file)",
      cause,
    });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  return code === 'EACCES' || code === 'EPERM' ? 'you may not read it' : message;
}

/** The certificates of a file a person named: each must be readable, which OpenSSL would not tell. */
function certificatesOf(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  if (text.includes('-----BEGIN ')) return pemBlocks(text).map((pem) => normalised(new X509Certificate(pem).toString()));
  const der = bytes[0] === 0x30 ? bytes : Buffer.from(text, 'base64');
  return [normalised(new X509Certificate(der).toString())];
}

function pemBlocks(text: string): string[] {
  return (text.match(PEM_CERTIFICATE) ?? []).map(normalised);
}

/** One spelling for the same certificate, so that each is parsed once. */
function normalised(pem: string): string {
  return pem.replaceAll('\r', '').trim();
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
