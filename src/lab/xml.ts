/** XML as the practice organisation reads and writes it: within limits, without document types, by namespace and local name. */
import { DOMParser, type Element, onErrorStopParsing } from '@xmldom/xmldom';

const MAXIMUM_CHARACTERS = 256 * 1024;
const MAXIMUM_DEPTH = 64;

/**
 * The root element of a document.
 *
 * @throws Error for what is not well-formed, has a document type, is too long or nested too deep.
 */
export function parseXml(xml: string): Element {
  if (xml.length > MAXIMUM_CHARACTERS) throw new Error('the XML is too long');
  if (/<!DOCTYPE/i.test(xml)) throw new Error('the XML has a document type');
  if (depthOf(xml) > MAXIMUM_DEPTH) throw new Error('the XML is nested too deep');
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, 'text/xml').documentElement;
  if (root === null) throw new Error('the XML is empty');
  return root;
}

/** How deep start tags nest, counted on the text: before a parser has to. */
function depthOf(xml: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [tag] of xml.matchAll(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[/?]?[^>]*>/g)) {
    if (tag.startsWith('</')) depth -= 1;
    else if (!/^<[!?]|\/>$/.test(tag)) depth += 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** The child elements with this namespace and name; all of them without either. */
export function childElements(parent: Element, namespace?: string, localName?: string): Element[] {
  return [...parent.childNodes]
    .filter((node): node is Element => node.nodeType === node.ELEMENT_NODE)
    .filter(
      (node) => (namespace === undefined || node.namespaceURI === namespace) && (localName === undefined || node.localName === localName),
    );
}

/**
 * The one child element with this namespace and name.
 *
 * @throws Error when there is none, or more than one.
 */
export function onlyChild(parent: Element, namespace: string, localName: string): Element {
  const [found, ...others] = childElements(parent, namespace, localName);
  if (found === undefined) throw new Error(`${parent.localName} has no ${localName}`);
  if (others.length > 0) throw new Error(`${parent.localName} has more than one ${localName}`);
  return found;
}

/** Every element under `root`, itself included, in document order. */
export function allElements(root: Element): Element[] {
  return [root, ...childElements(root).flatMap(allElements)];
}

/** The text in an element without element children, without blanks round it. */
export function textOf(element: Element): string {
  if (childElements(element).length > 0) throw new Error(`${element.localName} has elements in it`);
  return (element.textContent ?? '').trim();
}

/** `text` for the content of an element or for a value in double quotation marks. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
