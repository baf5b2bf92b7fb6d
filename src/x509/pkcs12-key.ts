/** Keys out of a password, by the two ways that PKCS#12 files use, and what they may cost. Derived by Node's crypto. */
import { hash, pbkdf2Sync } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import { type Asn1Node, contentOf } from './asn1.js';

/** Null is no password at all, which is not the empty one (RFC 7292 appendix B.1). */
export type Password = string | null;

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** What opening one file may still cost, and whether null was another password than the empty one in it. */
export interface Budget {
  iterations: number;
  nullDiffers: boolean;
}

/** The iterations of a file that somebody made to be safe for years, several times over: at most some seconds for a thread that waits for it. */
export const MAX_ITERATIONS = 2_000_000;

/** Bytes of a hash, and of the blocks that it takes (FIPS 180-4 section 1). */
const SIZES: Readonly<Record<HashName, readonly [bytes: number, block: number]>> = {
  sha1: [20, 64],
  sha256: [32, 64],
  sha384: [48, 128],
  sha512: [64, 128],
};

/** How a key is to be made. `iterations`: the INTEGER in the file; 1 where there is none. */
export interface Derivation {
  hash: HashName;
  salt: Buffer;
  iterations: Asn1Node | undefined;
  /** Of the key, bytes. */
  bytes: number;
}

/** PBKDF2 with HMAC (RFC 8018 section 5.2), which takes the password as UTF-8. @throws LyncauthError FILE_UNREADABLE where it costs too much */
export function pbkdf2Key(password: Password, derivation: Derivation, budget: Budget): Buffer {
  const { hash: name, salt, bytes } = derivation;
  return pbkdf2Sync(password ?? '', salt, spend(derivation, budget), bytes, name);
}

/**
 * The derivation of PKCS#12 itself (RFC 7292 appendix B.2), which takes the password as characters of 16 bits.
 * @param purpose - 1 for a key, 2 for an initialisation vector, 3 for the key of a MAC
 * @throws LyncauthError FILE_UNREADABLE where it costs too much
 */
export function pkcs12Key(purpose: 1 | 2 | 3, password: Password, derivation: Derivation, budget: Budget): Buffer {
  const iterations = spend(derivation, budget);
  budget.nullDiffers = true;
  const { hash: name, salt, bytes } = derivation;
  const [size, block] = SIZES[name];
  const characters = password === null ? Buffer.alloc(0) : Buffer.from(`${password}\0`, 'utf16le').swap16();
  const input = Buffer.concat([repeated(salt, block), repeated(characters, block)]);
  const parts: Buffer[] = [];
  for (let made = 0; made < bytes; made += size) {
    let part = hash(name, Buffer.concat([Buffer.alloc(block, purpose), input]), 'buffer');
    for (let round = 1; round < iterations; round += 1) part = hash(name, part, 'buffer');
    parts.push(part);
    const addend = Buffer.alloc(block, part);
    for (let start = 0; start < input.length; start += block) addOneMore(input.subarray(start, start + block), addend);
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

/** `bytes` again and again until a whole number of blocks is full. */
function repeated(bytes: Buffer, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block);
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes);
}

/** target = target + addend + 1, as numbers of the same length whose carry is dropped. */
function addOneMore(target: Buffer, addend: Buffer): void {
  let carry = 1;
  for (let index = target.length - 1; index >= 0; index -= 1) {
    carry += (target[index] ?? 0) + (addend[index] ?? 0);
    target[index] = carry & 0xff;
    carry >>= 8;
  }
}

/** Takes the iterations of one derivation, which are made for each hash of its key, off the budget. */
function spend({ iterations, bytes, hash: name }: Derivation, budget: Budget): number {
  const content = iterations === undefined ? Buffer.of(1) : contentOf(iterations);
  const count = content.length > 5 ? Number.POSITIVE_INFINITY : Number.parseInt(content.toString('hex') || '0', 16);
  if (count < 1) throw new Error('a number of iterations makes no sense');
  budget.iterations -= count * Math.ceil(bytes / SIZES[name][0]);
  if (budget.iterations >= 0) return count;
  throw new LyncauthError('FILE_UNREADABLE', `its password protection takes more than ${MAX_ITERATIONS} iterations`, {
    hint: 'export it again with fewer iterations',
  });
}
