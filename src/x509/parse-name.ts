/** From the text of a distinguished name (RFC 4514) to the name, for what is asked for or issued. */
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';
import { LyncauthError } from '../errors.js';
import { TYPES } from './name.js';

const PRINTABLE_STRING = new Set(['2.5.4.6', '2.5.4.5']);
const IA5_STRING = new Set(['0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1']);

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
