/** Reads XML that servers send, within limits and into a tree of elements. It must never resolve an entity, nor fetch anything. */
import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import { LyncauthError } from '../errors.js';
import { type Span, scanXml, UnfitXml } from './xml-scan.js';

const MAX_BYTES = 1024 * 1024;
const ELEMENT_NODE = 1;

export type XmlElement = Element;

export interface XmlDocument {
  readonly root: XmlElement;
  /** The text of an element of this document exactly as it was received: the only form in which a signed one may be passed on. */
  sourceOf(element: XmlElement): string;
}

/**
 * The tree of `source`, UTF-8 (a byte order mark is tolerated). A DOCTYPE is refused before anything is parsed; so are more than 1 MiB,
 * 64 levels, 20,000 elements or 10,000 references.
 *
 * @param what - who sent it, as a sentence begins: `the sign-in service`
 * @throws LyncauthError SERVER_ERROR
 */
export function parseXml(source: Buffer | string, what: string): XmlDocument {
  try {
    const text = decode(source);
    const spans = scanXml(text);
    const parser = new DOMParser({ locator: false, onError: refuse });
    const root = parser.parseFromString(text, 'text/xml').documentElement;
    if (root === null) throw new UnfitXml('it is empty');
    return { root, sourceOf: sourceReader(text, spans, root) };
  } catch (error) {
    const reason = error instanceof UnfitXml ? error.message : 'it is not well-formed';
    throw new LyncauthError('SERVER_ERROR', `${what} sent XML that cannot be accepted: ${reason}`, {
      hint: 'check with -vv which server answered; the administrator of that server can say what it should send',
    });
  }
}

/** The parser goes on after errors and warnings unless it is stopped. */
function refuse(): never {
  throw new UnfitXml('it is not well-formed');
}

function decode(source: Buffer | string): string {
  if (source.length > MAX_BYTES) throw new UnfitXml('it is longer than 1 MiB');
  if (typeof source === 'string') return source.replace(/^\ufeff/, '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    throw new UnfitXml('it is not UTF-8');
  }
}

/** Elements are in the same order in the tree as their tags in the text. */
function sourceReader(text: string, spans: readonly Span[], root: XmlElement): (element: XmlElement) => string {
  return (element) => {
    const index = [root, ...descendants(root)].indexOf(element);
    const span = spans[index];
    if (span === undefined) throw new RangeError('the element is of another document');
    return text.slice(span.start, span.end);
  };
}

/** The elements directly in `parent`, in order; with a name only those of that local name, whatever their prefix and namespace. */
export function children(parent: XmlElement, localName?: string): XmlElement[] {
  return Array.from(parent.childNodes).filter(isElement).filter(named(localName));
}

/** The same at any depth below `parent`. */
export function descendants(parent: XmlElement, localName?: string): XmlElement[] {
  return Array.from(parent.getElementsByTagName('*')).filter(named(localName));
}

function isElement(node: Node): node is XmlElement {
  return node.nodeType === ELEMENT_NODE;
}

function named(localName: string | undefined): (element: XmlElement) => boolean {
  return (element) => localName === undefined || element.localName === localName;
}

/** The text in `element` and below, trimmed; undefined when there is none. */
export function textOf(element: XmlElement | undefined): string | undefined {
  return element?.textContent?.trim() || undefined;
}
