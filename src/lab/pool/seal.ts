/** Data that only this pool can read and make: what is in its tokens and cookies. Knows nothing of what the data means. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts and authenticates a value.
 *
 * @param key - 32 bytes, base64.
 * @param purpose - a sealed value opens for the same purpose only.
 */
export function seal(key: string, purpose: string, value: object): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, Buffer.from(key, 'base64'), iv).setAAD(Buffer.from(purpose));
  const data = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), data]);
}

/** The value in `sealed`; undefined for anything that was not sealed with this key for this purpose. */
export function unseal<Value>(key: string, purpose: string, sealed: Buffer): Value | undefined {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, Buffer.from(key, 'base64'), sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(purpose)).setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    const data = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(data.toString('utf8')) as Value;
  } catch {
    return undefined;
  }
}
