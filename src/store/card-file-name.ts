/** File names made of serial numbers and labels of cards, which may hold any byte. */
import { createHash } from 'node:crypto';

/** `<sha256 of key, hex>.<kind>` */
export function cardFileName(key: string, kind: 'lock' | 'failures' | 'puk-failures' | 'so-pin-failures'): string {
  return `${createHash('sha256').update(key, 'utf8').digest('hex')}.${kind}`;
}
