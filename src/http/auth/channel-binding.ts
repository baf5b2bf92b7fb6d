/** What ties a logon to the TLS connection that carries it: the binding `tls-server-end-point` (RFC 5929 section 4), as NTLM sends it. */
import { createHash } from 'node:crypto';
import { LyncauthError } from '../../errors.js';

/** The arc of the SHA-2 hashes, 2.16.840.1.101.3.4.2, with tag and length; one byte follows. */
const SHA2 = Buffer.from('06096086480165030402', 'hex');
/** Signature algorithms with SHA-384 and SHA-512, encoded: RSA (RFC 8017 appendix A.2.4), ECDSA (RFC 5758 section 3.2). SHA-224 is unknown to Windows. */
const BY_ALGORITHM: Readonly<Record<string, string>> = {
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};
/** RSASSA-PSS, which names its hash in its parameters (RFC 4055 section 3.1). */
const PSS = '2a864886f70d01010a';
const BY_SHA2: Readonly<Record<number, string>> = { 1: 'sha256', 2: 'sha384', 3: 'sha512' };

/**
 * `tls-server-end-point:` and the hash of the server's certificate, by the hash of the certificate's own signature; MD5, SHA-1 and
 * what has no hash of its own count as SHA-256.
 *
 * @param certificate - DER
 * @throws LyncauthError NETWORK when it cannot be read
 */
export function serverEndPoint(certificate: Uint8Array): Buffer {
  const hash = createHash(signatureHash(Buffer.from(certificate))).update(certificate);
  return Buffer.concat([Buffer.from('tls-server-end-point:', 'ascii'), hash.digest()]);
}

/**
 * MD5 of the structure that holds `applicationData` and no addresses (MS-NLMP section 2.2.2.1, MsvAvChannelBindings; RFC 2744 section 3.11).
 */
export function channelBindingHash(applicationData: Uint8Array): Buffer {
  // Type and length of the initiator's address, and of the acceptor's: all zero.
  const head = Buffer.alloc(20);
  head.writeUInt32LE(applicationData.length, 16);
  return createHash('md5').update(head).update(applicationData).digest();
}

function signatureHash(certificate: Buffer): string {
  const algorithm = signatureAlgorithm(certificate);
  const name = element(algorithm, 0);
  const oid = name.content.toString('hex');
  if (oid !== PSS) return BY_ALGORITHM[oid] ?? 'sha256';
  const parameters = algorithm.subarray(name.end);
  const at = parameters.indexOf(SHA2);
  return BY_SHA2[at < 0 ? 0 : (parameters[at + SHA2.length] ?? 0)] ?? 'sha256';
}

/** The content of `signatureAlgorithm` (RFC 5280 section 4.1.1.2), which follows what is signed. */
function signatureAlgorithm(certificate: Buffer): Buffer {
  const { content } = element(certificate, 0);
  return element(content, element(content, 0).end).content;
}

/** The DER element at `at`. */
function element(bytes: Buffer, at: number): { content: Buffer; end: number } {
  const first = bytes[at + 1] ?? 0;
  const count = first > 0x80 && first <= 0x84 ? first & 0x7f : 0;
  const start = at + 2 + count;
  if (start > bytes.length) throw unreadable();
  const end = start + (count === 0 ? first : bytes.readUIntBE(at + 2, count));
  if (first === 0x80 || first > 0x84 || end > bytes.length) throw unreadable();
  return { content: bytes.subarray(start, end), end };
}

function unreadable(): LyncauthError {
  return new LyncauthError('NETWORK', 'the certificate of the server cannot be read', { hint: 'ask who runs the server to renew it' });
}
