/** Distinguished names as text (RFC 4514). Names are shown here, never compared: that is done on their DER. For the way back see parse-name.ts. */
import { type Asn1Node, child, children, isSequence, oidOf, parseAsn1, raw, textOf } from './asn1.js';

/** RFC 4514 section 3, and the few further names that certificates of organisations carry. */
export const TYPES: readonly (readonly [name: string, oid: string])[] = [
  ['CN', '2.5.4.3'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['C', '2.5.4.6'],
  ['STREET', '2.5.4.9'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['UID', '0.9.2342.19200300.100.1.1'],
  ['E', '1.2.840.113549.1.9.1'],
  ['SERIALNUMBER', '2.5.4.5'],
  ['SN', '2.5.4.4'],
  ['GN', '2.5.4.42'],
  ['T', '2.5.4.12'],
];
/** Tags of the string types that a name may have: DirectoryString (RFC 5280 appendix A) and IA5String. */
const STRINGS = [12, 19, 20, 22, 28, 30];

/** The text of a DER Name, last RDN first: `CN=Alice,OU=Sales,DC=contoso,DC=test`. @throws Error on anything else. */
export function formatName(der: Uint8Array): string {
  const name = parseAsn1(der);
  if (!isSequence(name)) throw new Error('a name is broken');
  const rdns = children(name).reverse();
  return rdns.map((rdn) => children(rdn).map(formatPair).join('+')).join(',');
}

function formatPair(pair: Asn1Node): string {
  const [type, value] = [oidOf(child(pair, 0)), child(pair, 1)];
  if (type === undefined) throw new Error('a name is broken');
  const name = TYPES.find(([, oid]) => oid === type)?.[0];
  const text = STRINGS.includes(value.idBlock.tagNumber) ? textOf(value) : undefined;
  if (name !== undefined && text !== undefined) return `${name}=${escapeValue(text)}`;
  return `${name ?? type}=#${raw(value).toString('hex')}`;
}

/** `text` as one attribute value of an RFC 4514 name (section 2.4). */
export function escapeValue(text: string): string {
  return (
    text
      .replace(/[\\,+"<>;]/g, '\\$&')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      .replace(/[\u0000-\u001f\u007f]/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
      .replace(/ $/, '\\ ')
      .replace(/^[ #]/, '\\$&')
  );
}
