/** Text that a server sent, made fit to stand in a sentence of ours. It must never be trusted to say anything but what the server says. */
import { redact } from '../secret.js';

const MAX_CHARACTERS = 200;
/** Control characters, line breaks, and the marks that reorder or hide letters (UAX #9). */
const UNFIT = /[\p{Cc}\s\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]+/gu;

/** `value` as one line of at most 200 characters, without the secrets in it; undefined when it is no text, or has nothing to show. */
export function serverText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Of a secret that is cut off in the middle nobody would know the rest again. What is cut off anyway is not worth a search.
  const line = redact(value)
    .slice(0, MAX_CHARACTERS * 8)
    .replace(UNFIT, ' ')
    .trim();
  const characters = [...line];
  return characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS).join('')}…` : line || undefined;
}

/** True for what begins as XML does, pages among it. */
export function isMarkup(body: Buffer): boolean {
  return /^\ufeff?\s*</.test(body.subarray(0, 256).toString('utf8'));
}

/** True for a page meant for a browser: what answers when a portal, a proxy or another web site stands where a service should. */
export function isWebPage(body: Buffer): boolean {
  const start = body
    .subarray(0, 1024)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/<\?[^>]*>|<!--[^>]*-->/g, '');
  return /^\s*<(?:!doctype\s+html|html|head|body|title|script)\b/i.test(start);
}
