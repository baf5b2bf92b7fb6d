/** A signed ASN.1 structure: the signed bytes themselves go into it, not a second encoding of them. */
import { AsnConvert } from '@peculiar/asn1-schema';
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509';

/**
 * SEQUENCE { what was signed, signature algorithm, signature }: certificates (RFC 5280 section 4.1), certificate lists (section 5.1) and
 * certification requests (RFC 2986 section 4.2) alike.
 *
 * @param signed DER of the first member, the very bytes that the signature is over
 * @returns DER
 */
export function signedStructure(signed: Uint8Array, algorithm: AlgorithmIdentifier, signature: Uint8Array): Buffer {
  const unusedBits = Buffer.of(0);
  return element(0x30, signed, Buffer.from(AsnConvert.serialize(algorithm)), element(0x03, unusedBits, signature));
}

/** One DER element (X.690 section 8.1). */
function element(tag: number, ...content: Uint8Array[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(tag, ...lengthOctets(length)), ...content]);
}

/** The short form below 128, else the number of octets and the octets (X.690 section 8.1.3). */
function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}
