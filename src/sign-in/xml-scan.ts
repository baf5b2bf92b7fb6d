/** Measures XML before a parser builds a tree of it: where every element begins and ends, and limits. Knows tags only; it must not judge names. */

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 20_000;
const MAX_REFERENCES = 10_000;
/** A parser compares each attribute of a tag with the others. */
const MAX_TAG_CHARACTERS = 64 * 1024;
/** In a tag: what is quoted, else one character; the end of the tag is the first `>` outside of quotes. */
const TAG_END = /"[^"]*"|'[^']*'|>/g;

/** What is wrong, as the end of a sentence, and in words of ours: a parser's own quote what was sent, which may be a ticket. */
export class UnfitXml extends Error {}

/** Where an element stands in the text: from its `<` to behind its last `>`. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The elements of `text` in the order in which they begin, in linear time and without recursion.
 *
 * @throws UnfitXml
 */
export function scanXml(text: string): Span[] {
  // Neither of the two is ever needed in what is read here, so they are refused wherever they stand.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new UnfitXml('it declares a document type');
  if (countReferences(text) > MAX_REFERENCES) throw new UnfitXml('it holds too many references');
  const spans: Span[] = [];
  const open: Span[] = [];
  for (let at = text.indexOf('<'); at !== -1; ) {
    const skipped = skipTo(text, at);
    if (skipped !== undefined) {
      at = text.indexOf('<', skipped);
      continue;
    }
    const end = tagEnd(text, at);
    if (text[at + 1] === '/') {
      const closed = open.pop();
      if (closed === undefined) throw new UnfitXml('an element ends that never began');
      closed.end = end;
    } else {
      const span = { start: at, end };
      if (spans.push(span) > MAX_ELEMENTS) throw new UnfitXml('it has too many elements');
      if (text[end - 2] !== '/' && open.push(span) > MAX_DEPTH) throw new UnfitXml('it is nested too deeply');
    }
    at = text.indexOf('<', end);
  }
  if (open.length > 0) throw new UnfitXml('it ends in the middle');
  return spans;
}

/** Behind a comment, a CDATA section or a processing instruction that begins at `at`; undefined for a tag. */
function skipTo(text: string, at: number): number | undefined {
  if (text.startsWith('<!--', at)) return behind(text, '-->', at + 4);
  if (text.startsWith('<![CDATA[', at)) return behind(text, ']]>', at + 9);
  if (text.startsWith('<?', at)) return behind(text, '?>', at + 2);
  return undefined;
}

function behind(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  if (found === -1) throw new UnfitXml('it ends in the middle');
  return found + mark.length;
}

function tagEnd(text: string, at: number): number {
  TAG_END.lastIndex = at;
  for (let found = TAG_END.exec(text); found; found = TAG_END.exec(text)) {
    if (TAG_END.lastIndex - at > MAX_TAG_CHARACTERS) throw new UnfitXml('one of its tags is too long');
    if (found[0] === '>') return TAG_END.lastIndex;
  }
  throw new UnfitXml('it ends in the middle');
}

function countReferences(text: string): number {
  let count = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) count += 1;
  return count;
}
