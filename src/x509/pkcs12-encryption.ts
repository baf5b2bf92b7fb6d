/** What a password does in PKCS#12: the MAC over the file and the encryption of its parts. Only RC2 comes from node-forge, since OpenSSL has left it. */
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import rc2 from 'node-forge/lib/rc2.js';
import forgeUtil from 'node-forge/lib/util.js';
import { LyncauthError } from '../errors.js';
import { type Asn1Node, child, children, isSequence, octets, oidOf } from './asn1.js';
import { type Budget, type HashName, type Password, pbkdf2Key, pkcs12Key } from './pkcs12-key.js';

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const PBMAC1 = '1.2.840.113549.1.5.14';

/** Decrypts by CBC. Undefined when the padding is wrong. */
type Decrypt = (data: Buffer, key: Buffer, iv: Buffer) => Buffer | undefined;
interface Cipher {
  keyBytes: number;
  decrypt: Decrypt;
}

const TRIPLE_DES: Cipher = { keyBytes: 24, decrypt: byOpenssl('des-ede3-cbc') };

/** Of the encryption that PKCS#12 itself has (RFC 7292 appendix C). */
const OWN: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': TRIPLE_DES,
  // which Windows put round certificates
  '1.2.840.113549.1.12.1.6': { keyBytes: 5, decrypt: byRc2 },
};

const OF_PBES2: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.3.7': TRIPLE_DES,
  '2.16.840.1.101.3.4.1.2': { keyBytes: 16, decrypt: byOpenssl('aes-128-cbc') },
  '2.16.840.1.101.3.4.1.22': { keyBytes: 24, decrypt: byOpenssl('aes-192-cbc') },
  '2.16.840.1.101.3.4.1.42': { keyBytes: 32, decrypt: byOpenssl('aes-256-cbc') },
};

/** HMAC (RFC 8018 appendix B.1.2). */
const PRFS: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

const NAMES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.12.1.1': 'RC4',
  '1.2.840.113549.1.12.1.2': 'RC4 with 40 bits',
  '1.2.840.113549.1.12.1.4': '3DES with two keys',
  '1.2.840.113549.1.12.1.5': 'RC2 with 128 bits',
  '1.2.840.113549.1.5.3': 'DES with MD5',
  '1.2.840.113549.1.5.10': 'DES with SHA-1',
  '1.2.840.113549.2.8': 'HMAC with SHA-224',
  '1.2.840.113549.2.5': 'MD5',
  '1.3.6.1.4.1.11591.4.11': 'scrypt',
  '2.16.840.1.101.3.4.2.4': 'SHA-224',
  [PBMAC1]: 'PBMAC1',
};

const MACS: Readonly<Record<string, { hash: HashName; bytes: number }>> = {
  '1.3.14.3.2.26': { hash: 'sha1', bytes: 20 },
  '2.16.840.1.101.3.4.2.1': { hash: 'sha256', bytes: 32 },
  '2.16.840.1.101.3.4.2.2': { hash: 'sha384', bytes: 48 },
  '2.16.840.1.101.3.4.2.3': { hash: 'sha512', bytes: 64 },
};

/**
 * Whether `password` made the MAC over `data` (RFC 7292 section 4, appendix B).
 * @param macData MacData
 * @throws LyncauthError FILE_UNREADABLE for a MAC of a kind that is not supported, and for one that costs too much
 */
export function macFits(macData: Asn1Node, data: Buffer, password: Password, budget: Budget): boolean {
  const [digestInfo, salt, iterations] = [child(macData, 0), child(macData, 1), children(macData)[2]];
  const mac = known(MACS, oidOf(child(child(digestInfo, 0), 0)), 'its integrity check');
  const key = pkcs12Key(3, password, { ...mac, salt: octets(salt), iterations }, budget);
  const made = createHmac(mac.hash, key).update(data).digest();
  const told = octets(child(digestInfo, 1));
  return told.length === made.length && timingSafeEqual(told, made);
}

/**
 * Decrypts by `algorithm` (AlgorithmIdentifier; RFC 7292 appendix C, RFC 8018 section 6.2).
 * @returns undefined when the padding is wrong: another password
 * @throws LyncauthError FILE_UNREADABLE as macFits()
 */
export function decrypt(algorithm: Asn1Node, data: Buffer, password: Password, budget: Budget): Buffer | undefined {
  const oid = oidOf(child(algorithm, 0));
  const parameters = child(algorithm, 1);
  if (oid === PBES2) return decryptByPbes2(parameters, data, password, budget);
  const { keyBytes, decrypt: run } = known(OWN, oid, 'its encryption');
  const derivation = { hash: 'sha1', salt: octets(child(parameters, 0)), iterations: child(parameters, 1) } as const;
  const key = pkcs12Key(1, password, { ...derivation, bytes: keyBytes }, budget);
  return run(data, key, pkcs12Key(2, password, { ...derivation, bytes: 8 }, budget));
}

/** @param parameters PBES2-params */
function decryptByPbes2(parameters: Asn1Node, data: Buffer, password: Password, budget: Budget): Buffer | undefined {
  const [derivation, encryption] = [child(parameters, 0), child(parameters, 1)];
  const kdf = oidOf(child(derivation, 0));
  if (kdf !== PBKDF2) throw unsupported('its encryption', kdf);
  const { keyBytes, decrypt: run } = known(OF_PBES2, oidOf(child(encryption, 0)), 'its encryption');
  const kdfParameters = child(derivation, 1);
  const prf = children(kdfParameters).find(isSequence);
  const hash = prf === undefined ? 'sha1' : known(PRFS, oidOf(child(prf, 0)), 'its encryption');
  const [salt, iterations] = [octets(child(kdfParameters, 0)), child(kdfParameters, 1)];
  return run(data, pbkdf2Key(password, { hash, salt, iterations, bytes: keyBytes }, budget), octets(child(encryption, 1)));
}

function byOpenssl(name: string): Decrypt {
  return (data, key, iv) => {
    const decipher = createDecipheriv(name, key, iv);
    const start = decipher.update(data);
    try {
      return Buffer.concat([start, decipher.final()]);
    } catch {
      return undefined;
    }
  };
}

/** RC2 with 40 bits. */
function byRc2(data: Buffer, key: Buffer, iv: Buffer): Buffer | undefined {
  const buffer = (bytes: Buffer) => forgeUtil.createBuffer(bytes.toString('latin1'));
  const cipher = rc2.createDecryptionCipher(buffer(key), key.length * 8);
  cipher.start(buffer(iv));
  cipher.update(buffer(data));
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'latin1') : undefined;
}

function known<T>(table: Readonly<Record<string, T>>, oid: string | undefined, what: string): T {
  const found = table[oid ?? ''];
  if (found === undefined) throw unsupported(what, oid);
  return found;
}

function unsupported(what: string, oid = ''): LyncauthError {
  return new LyncauthError('FILE_UNREADABLE', `${what} (${NAMES[oid] ?? oid}) is of a kind that lyncauth does not read`, {
    hint: 'export it again with AES-256 and SHA-256',
  });
}
