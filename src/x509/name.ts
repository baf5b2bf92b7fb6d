/** Distinguished names as text (RFC 4514) and back. Names are shown and encoded here, never compared: that is done on their DER. */
import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';
import { LyncauthError } from '../errors.js';

/** RFC 4514 section 3, and the few further names that certificates of organisations carry. */
const TYPES: readonly (readonly [name: string, oid: string])[] = [
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
const PRINTABLE_STRING = new Set(['2.5.4.6', '2.5.4.5']);
const IA5_STRING = new Set(['0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1']);

/** The text of a DER Name, last RDN first: `CN=Alice,OU=Sales,DC=contoso,DC=test`. @throws Error on anything else. */
export function formatName(der: Uint8Array): string {
  const rdns = [...AsnConvert.parse(der, Name)].reverse();
  return rdns.map((rdn) => [...rdn].map((pair) => formatPair(pair)).join('+')).join(',');
}

function formatPair({ type, value }: AttributeTypeAndValue): string {
  const name = TYPES.find(([, oid]) => oid === type)?.[0];
  const text = value.anyValue === undefined ? value.toString() : undefined;
  if (name !== undefined && text !== undefined) return `${name}=${escapeValue(text)}`;
  return `${name ?? type}=#${Buffer.from(AsnConvert.serialize(value)).toString('hex')}`;
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

/**
 * Encodes an RFC 4514 text such as `CN=Alice,DC=contoso,DC=test` as a Name. Blanks around separators are skipped.
 *
 * @throws LyncauthError USAGE when the text is not a distinguished name.
 */
export function parseName(text: string): Name {
  const rdns = split(text, ',').map((rdn) => new RelativeDistinguishedName(split(rdn, '+').map((pair) => parsePair(pair, text))));
  return new Name(rdns.reverse());
}

/** `text` cut at every `separator` that no backslash precedes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const escaped = text[i] === '\\' ? text.slice(i, ++i + 1) : undefined;
    if (escaped === undefined && text[i] === separator) {
      parts.push(part);
      part = '';
    } else {
      part += escaped ?? text[i];
    }
  }
  return [...parts, part];
}

function parsePair(pair: string, whole: string): AttributeTypeAndValue {
  const [, key = '', escaped = ''] = /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=([\s\S]*)$/.exec(pair) ?? [];
  const type = TYPES.find(([name]) => name === key.toUpperCase())?.[1] ?? (/^\d/.test(key) ? key : undefined);
  const value = type === undefined ? undefined : unescapeValue(escaped);
  if (type === undefined || !value) {
    throw new LyncauthError('USAGE', `"${whole}" is not a distinguished name`, {
      hint: 'write it like CN=Alice,OU=Sales,DC=contoso,DC=test',
    });
  }
  return new AttributeTypeAndValue({ type, value: new AttributeValue(stringType(type, value)) });
}

/** RFC 5280 section 4.1.2.4: UTF8String, but for the types that are defined with another one. */
function stringType(type: string, value: string): Partial<AttributeValue> {
  if (PRINTABLE_STRING.has(type)) return { printableString: value };
  return IA5_STRING.has(type) ? { ia5String: value } : { utf8String: value };
}

/** The value with its escapes resolved: `\,` and `\2C` alike, hexadecimal pairs being bytes of UTF-8; undefined when broken. */
function unescapeValue(escaped: string): string | undefined {
  const trimmed = escaped.replace(/^ +/, '').replace(/(?<!\\) +$/, '');
  if (/^#/.test(trimmed) || /(?<!\\)["<>;]/.test(trimmed.replaceAll('\\\\', ''))) return undefined;
  const percent = trimmed
    .replace(/%/g, '%25')
    .replace(/\\([0-9a-fA-F]{2})|\\([\s\S])/g, (_, hex?: string, char?: string) => (hex ? `%${hex}` : encodeURIComponent(char ?? '')));
  if (percent.includes('\\')) return undefined;
  try {
    return decodeURIComponent(percent);
  } catch {
    return undefined;
  }
}
