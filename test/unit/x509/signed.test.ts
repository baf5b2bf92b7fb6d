import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { expect, test } from 'vitest';
import { child, contentOf, parseAsn1, raw } from '../../../src/x509/asn1.js';
import { signedStructure } from '../../../src/x509/signed.js';

const algorithm = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });

/** An OCTET STRING whose whole encoding has `length` bytes of content. */
function octets(length: number): Buffer {
  const header = length < 0x80 ? [0x04, length] : length < 0x100 ? [0x04, 0x81, length] : [0x04, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 7)]);
}

test.each([0, 100, 127, 128, 255, 256, 5000])('holds %i signed bytes as they are, then algorithm and signature', (length) => {
  const signed = octets(length);
  const root = parseAsn1(signedStructure(signed, algorithm, Buffer.alloc(300, 9)));
  expect(raw(child(root, 0))).toEqual(signed);
  expect(contentOf(child(root, 2))).toEqual(Buffer.concat([Buffer.of(0), Buffer.alloc(300, 9)]));
});
