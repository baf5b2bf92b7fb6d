/** PKCS#12 files (RFC 7292): the private keys and certificates in one, each in the bytes it was put in. What of it to trust is not decided here. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { Secret } from '../secret.js';
import { type Asn1Node, child, children, contentOf, isContext, isSequence, octets, oidOf, parseAsn1, raw } from './asn1.js';
import { MAX_BUNDLE_BYTES, MAX_CERTIFICATES, readCertificates } from './bundle.js';
import { decrypt, macFits } from './pkcs12-encryption.js';
import { type Budget, MAX_ITERATIONS, type Password } from './pkcs12-key.js';

const VERSION = 3;
const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const BAG = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  safeContents: '1.2.840.113549.1.12.10.1.6',
} as const;

/** What a file holds, in its order. */
export interface Pkcs12 {
  keys: KeyObject[];
  /** DER. */
  certificates: Buffer[];
}

/** Opening one file with one password. */
interface Opening {
  password: Password;
  budget: Budget;
  found: Pkcs12;
}

/** Thrown inside only: the password is another one. */
class WrongPassword extends Error {}

/** Whether `bytes` look like a PFX: a SEQUENCE that begins with the INTEGER 3. A certificate and a PKCS#7 begin with other things. */
export function isPkcs12(bytes: Uint8Array): boolean {
  const [tag, length = 0] = bytes;
  // DER says the length in one octet, or in how many; BER may leave it open with 0x80
  const start = length > 0x80 ? 2 + (length & 0x7f) : 2;
  return tag === 0x30 && Buffer.from(bytes.subarray(start, start + 3)).equals(Buffer.of(2, 1, VERSION));
}

/**
 * The keys and certificates in a PKCS#12 file of at most 1 MiB and 20 of each. Its MAC, where it has one, is checked first.
 * @param password undefined for none: files are made with the empty password, and without any
 * @returns undefined when it is another password
 * @throws LyncauthError FILE_UNREADABLE for what is no such file, is damaged, or is protected in a way that is not supported
 */
export function openPkcs12(bytes: Uint8Array, password: Secret | undefined): Pkcs12 | undefined {
  if (bytes.byteLength > MAX_BUNDLE_BYTES) throw unreadable('it is larger than 1 MiB');
  // one for both attempts without a password
  const budget = { iterations: MAX_ITERATIONS, nullDiffers: false };
  if (password !== undefined) return openWith(bytes, password.reveal(), budget);
  const found = openWith(bytes, '', budget);
  return found === undefined && budget.nullDiffers ? openWith(bytes, null, budget) : found;
}

function openWith(bytes: Uint8Array, password: Password, budget: Budget): Pkcs12 | undefined {
  const found: Pkcs12 = { keys: [], certificates: [] };
  try {
    readPfx(parseAsn1(bytes), { password, budget, found });
    return found;
  } catch (error) {
    if (error instanceof WrongPassword) return undefined;
    throw isLyncauthError(error, 'FILE_UNREADABLE') ? error : unreadable('it is damaged, or no PKCS#12 file', error);
  }
}

/** PFX: version, AuthenticatedSafe, MacData. */
function readPfx(pfx: Asn1Node, opening: Opening): void {
  const [version, authSafe, macData] = [child(pfx, 0), child(pfx, 1), children(pfx)[2]];
  if (contentOf(version).readUIntBE(0, 1) !== VERSION) throw unreadable('it is of another version than 3');
  const type = oidOf(child(authSafe, 0));
  if (type === SIGNED_DATA) throw unreadable('it is signed with a key instead of being protected by a password');
  if (type !== DATA) throw new Error('its content is neither data nor signed data');
  const safe = octets(child(child(authSafe, 1), 0));
  if (macData !== undefined && !macFits(macData, safe, opening.password, opening.budget)) throw new WrongPassword();
  for (const contentInfo of children(parseAsn1(safe))) readContents(contentInfo, opening);
}

/** One ContentInfo of the AuthenticatedSafe: plain, or encrypted with the password. */
function readContents(contentInfo: Asn1Node, opening: Opening): void {
  const type = oidOf(child(contentInfo, 0));
  const content = child(child(contentInfo, 1), 0);
  if (type === DATA) readBags(parseAsn1(octets(content)), opening);
  else if (type === ENCRYPTED_DATA) readBags(decryptedContents(child(content, 1), opening), opening);
  else throw unreadable('a part of it is encrypted to a key instead of a password');
}

/** @param encrypted EncryptedContentInfo (RFC 2315 section 10.1) */
function decryptedContents(encrypted: Asn1Node, { password, budget }: Opening): Asn1Node {
  const ciphertext = children(encrypted).find((part) => isContext(part, 0));
  if (ciphertext === undefined) throw new Error('an encrypted part is empty');
  return parsePlain(decrypt(child(encrypted, 1), octets(ciphertext), password, budget));
}

/** SafeContents. Bags of other kinds (revocation lists, secrets) are passed over. */
function readBags(safeContents: Asn1Node, opening: Opening): void {
  const { found, password, budget } = opening;
  for (const bag of children(safeContents)) {
    const type = oidOf(child(bag, 0));
    const value = child(child(bag, 1), 0);
    if (type === BAG.key) found.keys.push(privateKey(raw(value)));
    if (type === BAG.shroudedKey) {
      const plain = decrypt(child(value, 0), octets(child(value, 1)), password, budget);
      found.keys.push(privateKey(raw(parsePlain(plain))));
    }
    if (type === BAG.certificate && oidOf(child(value, 0)) === X509_CERTIFICATE) {
      found.certificates.push(...readCertificates(octets(child(child(value, 1), 0))));
    }
    if (type === BAG.safeContents) readBags(value, opening);
    if (Math.max(found.keys.length, found.certificates.length) > MAX_CERTIFICATES)
      throw unreadable(`there are more than ${MAX_CERTIFICATES} keys or certificates in it`);
  }
}

/** Decrypted bytes that are no ASN.1 were decrypted with another password: one padding in 256 fits by chance. */
function parsePlain(plain: Buffer | undefined): Asn1Node {
  try {
    const node = plain && parseAsn1(plain);
    if (node !== undefined && isSequence(node)) return node;
  } catch {
    // told below
  }
  throw new WrongPassword();
}

/** @param pkcs8 PrivateKeyInfo, DER (RFC 5208) */
function privateKey(pkcs8: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch (error) {
    throw unreadable('a private key in it cannot be read', error);
  } finally {
    pkcs8.fill(0);
  }
}

function unreadable(reason: string, cause?: unknown): LyncauthError {
  return new LyncauthError('FILE_UNREADABLE', reason, { hint: 'ask whoever handed the file out for another one', cause });
}
