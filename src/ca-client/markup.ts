/** Reading the HTML of old server pages: unquoted attributes, paragraphs that never end, any case. No tree, and linear time on any input. */

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
/** What ends a paragraph or a definition that nobody closed. */
const NEXT_BLOCK = /<\/?(?:p|dt|dl|div|table|form|h[1-6]|hr|ul|ol|body|html)\b/i;

/** `page` without scripts and comments; one that is never closed reaches to the end. */
export function withoutScripts(page: string): string {
  return cut(cut(page, /<!--/g, /-->/g), /<script\b/gi, /<\/script\s{0,9}>/gi);
}

/** A lazy pattern from `open` to `close` would search to the end of the page for each unclosed `open`. */
function cut(text: string, open: RegExp, close: RegExp): string {
  let kept = '';
  let from = 0;
  for (let start = next(open, text, from); start; start = next(open, text, from)) {
    kept += text.slice(from, start.index);
    const end = next(close, text, start.index + start[0].length);
    if (!end) return kept;
    from = end.index + end[0].length;
  }
  return kept + text.slice(from);
}

function next(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** True when an element of `page` has the id, quoted or not. */
export function hasId(page: string, id: string): boolean {
  return idPattern(id).test(page);
}

/** The text of the element with the id, to where the next block begins; undefined when there is no such element, or no end to it. */
export function textOfId(page: string, id: string): string | undefined {
  const found = idPattern(id).exec(page);
  if (!found) return undefined;
  const rest = page.slice(found.index + found[0].length);
  const end = rest.search(NEXT_BLOCK);
  return end === -1 ? undefined : plainText(rest.slice(0, end));
}

function idPattern(id: string): RegExp {
  return new RegExp(`<[a-z][^<>]{0,300}?\\sid=["']?${id}(?=["'\\s>])[^<>]*>`, 'i');
}

/** Text without tags, with entities resolved, without control characters and with single blanks. */
export function plainText(html: string): string {
  return (
    html
      .replace(/<[^<>]*>/g, ' ')
      .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal?: string, hex?: string, name?: string) =>
        name === undefined
          ? character(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal))
          : (ENTITIES[name.toLowerCase()] ?? whole),
      )
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
      .trim()
  );
}

function character(code: number): string {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
}
