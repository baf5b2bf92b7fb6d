/** Writes XML of our own. Values become text or attributes only through the escaping here; nothing is ever joined to markup by hand. */
import { LyncauthError } from '../../errors.js';

/** What XML 1.0 cannot hold, not even escaped (section 2.2): control characters, halves of surrogate pairs and two non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;
/** Escaped so that a parser gives back the same value: line ends are changed by it otherwise (section 2.11), blanks of attributes too (3.3.3). */
const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

/** Well-formed XML, as opposed to text that is still to be escaped. Made by `element` and `verbatim` only. */
export class Markup {
  constructor(readonly xml: string) {}
}

/**
 * An element with its content; text is escaped. Names are constants of this program.
 *
 * @throws LyncauthError USAGE when a value holds a character that XML cannot carry; the value is not repeated.
 */
export function element(name: string, attributes: Readonly<Record<string, string>>, ...content: readonly (string | Markup)[]): Markup {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value, /[&<>"\r\n\t]/g)}"`);
  const inner = content.map((part) => (part instanceof Markup ? part.xml : escaped(part, /[&<>\r]/g)));
  return new Markup(`<${name}${head.join('')}>${inner.join('')}</${name}>`);
}

/** An element exactly as it was received: for what is signed. It comes from `sourceOf` of a document that was parsed, and from nowhere else. */
export function verbatim(source: string): Markup {
  return new Markup(source);
}

function escaped(value: string, special: RegExp): string {
  if (NOT_XML.test(value)) {
    throw new LyncauthError('USAGE', 'a value for the sign-in service holds a control character, which its protocol cannot carry', {
      hint: 'look for a stray character in the password, the address or the file that it comes from',
    });
  }
  return value.replace(special, (character) => ESCAPED[character] ?? character);
}
