/** Reading DER piece by piece with the exact bytes of every piece kept. It knows no certificate and decides nothing. */
import * as asn1js from 'asn1js';

/** One decoded element; `raw()` has its bytes as they came. */
export type Asn1Node = asn1js.BaseBlock;

/**
 * Decodes `bytes` as one ASN.1 element (DER, or BER where a sender used it) without anything after it.
 *
 * @throws Error in plain words; callers wrap it in the LyncauthError that names their thing.
 */
export function parseAsn1(bytes: Uint8Array): Asn1Node {
  const { offset, result } = asn1js.fromBER(bytes);
  if (offset === -1) throw new Error(result.error || 'not ASN.1');
  if (offset !== bytes.byteLength) throw new Error(`${bytes.byteLength - offset} stray bytes after the ASN.1`);
  return result as Asn1Node;
}

/** The bytes of an element, tag and length included, exactly as they were received. */
export function raw(node: Asn1Node): Buffer {
  return Buffer.from(node.valueBeforeDecodeView);
}

/** The elements inside a SEQUENCE, SET or constructed context tag; empty for a primitive one. */
export function children(node: Asn1Node): Asn1Node[] {
  const value: unknown = (node.valueBlock as { value?: unknown }).value;
  return Array.isArray(value) ? (value as Asn1Node[]) : [];
}

/** The element at `index` inside `node`. @throws Error when there is none. */
export function child(node: Asn1Node, index: number): Asn1Node {
  const found = children(node)[index];
  if (!found) throw new Error(`element ${index + 1} is missing`);
  return found;
}

/** True for the context-specific tag `[number]`. */
export function isContext(node: Asn1Node, number: number): boolean {
  return node.idBlock.tagClass === 3 && node.idBlock.tagNumber === number;
}

/** True for a SEQUENCE (or SEQUENCE OF). */
export function isSequence(node: Asn1Node): boolean {
  return node instanceof asn1js.Sequence;
}

/** The dotted text of an OBJECT IDENTIFIER, or undefined for anything else. */
export function oidOf(node: Asn1Node): string | undefined {
  return node instanceof asn1js.ObjectIdentifier ? node.valueBlock.toString() : undefined;
}

/** The text of any ASN.1 character string type, or undefined for anything else. */
export function textOf(node: Asn1Node): string | undefined {
  return node instanceof asn1js.BaseStringBlock ? node.getValue() : undefined;
}

/** The content bytes of a primitive element: an OCTET STRING, an INTEGER, an implicitly tagged string. */
export function contentOf(node: Asn1Node): Buffer {
  const bytes = node.valueBeforeDecodeView;
  return Buffer.from(bytes.subarray(node.idBlock.blockLength + node.lenBlock.blockLength));
}

/** The bytes of an OCTET STRING, under whatever tag, also where BER has cut it into pieces (X.690 section 8.7). */
export function octets(node: Asn1Node): Buffer {
  return node.idBlock.isConstructed ? Buffer.concat(children(node).map(octets)) : contentOf(node);
}

/** The time of a UTCTime or GeneralizedTime, or undefined for anything else and for a time that makes no sense. */
export function dateOf(node: Asn1Node): Date | undefined {
  const date = node instanceof asn1js.UTCTime ? node.toDate() : undefined;
  return Number.isNaN(date?.getTime()) ? undefined : date;
}
