/** Values that must never be shown: PINs, passwords, tickets. Imports nothing. */
import { inspect } from 'node:util';

const SHOWN = '***';
const values = new Set<string>();

/** A secret text. Every conversion prints `***`; the text itself is had by `reveal()` only, where a driver or a protocol needs it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    if (text !== '') values.add(text);
  }

  /** The text in clear. Call it in the argument list of the call that needs it; never store the answer. */
  reveal(): string {
    return this.#text;
  }

  /** Length in bytes of the UTF-8 form: what a token's minimum and maximum PIN length count. */
  get byteLength(): number {
    return Buffer.byteLength(this.#text, 'utf8');
  }

  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/**
 * `text` with every secret made so far in this process replaced by `***`, in clear and in the encodings it travels in
 * (base64, base64url, hex, URL, form and JSON). The net under error texts and logs; it does not replace care.
 */
export function redact(text: string): string {
  let out = text;
  for (const value of [...values].sort((a, b) => b.length - a.length)) {
    for (const form of forms(value)) out = out.split(form).join(SHOWN);
  }
  return out;
}

function forms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  // Which characters are escaped differs: a form escapes ! ' ( ) ~ too (WHATWG URL section 5.2).
  const url = encodeURIComponent(value);
  const form = new URLSearchParams({ v: value }).toString().slice('v='.length);
  const escaped = [url, url.replaceAll('%20', '+'), form, form.replaceAll('+', '%20')];
  const all = [
    value,
    JSON.stringify(value).slice(1, -1),
    ...escaped,
    ...escaped.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
  return [...new Set(all)].filter((form) => form.length > 0).sort((a, b) => b.length - a.length);
}
