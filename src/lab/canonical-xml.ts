/**
 * Exclusive XML Canonicalization 1.0 without comments, of whole elements: the octets that an XML signature is over. Written for the practice
 * organisation alone, so that a client's library does not judge itself.
 */
import type { Attr, Element, Node } from '@xmldom/xmldom';

export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const XML = 'http://www.w3.org/XML/1998/namespace';

/** Namespaces that an ancestor has written already, by prefix. */
type Rendered = ReadonlyMap<string, string>;

export interface CanonicalOptions {
  /** Prefixes treated as inclusive canonicalization does; '' is the default namespace (InclusiveNamespaces, section 4). */
  readonly inclusive?: readonly string[];
  /** Left out, with everything in it: an enveloped signature. */
  readonly without?: Node | undefined;
}

/** The canonical form of `element`, UTF-8. */
export function canonicalXml(element: Element, options: CanonicalOptions = {}): string {
  return writeElement(element, new Map(), options);
}

function writeElement(element: Element, rendered: Rendered, options: CanonicalOptions): string {
  const attributes = [...element.attributes].filter((attribute) => attribute.namespaceURI !== XMLNS);
  const declared = newNamespaces(element, attributes, rendered, options);
  const known = new Map([...rendered, ...declared]);
  const namespaces = [...declared]
    .sort(([a], [b]) => compare(a, b))
    .map(([prefix, uri]) => ` xmlns${prefix && `:${prefix}`}="${value(uri)}"`);
  const own = attributes.sort(byNamespaceThenName).map((attribute) => ` ${attribute.nodeName}="${value(attribute.value)}"`);
  const content = [...element.childNodes].map((node) => writeNode(node, known, options)).join('');
  return `<${element.nodeName}${namespaces.join('')}${own.join('')}>${content}</${element.nodeName}>`;
}

function writeNode(node: Node, rendered: Rendered, options: CanonicalOptions): string {
  if (node === options.without) return '';
  switch (node.nodeType) {
    case node.ELEMENT_NODE:
      return writeElement(node as Element, rendered, options);
    case node.TEXT_NODE:
    case node.CDATA_SECTION_NODE:
      return text(node.nodeValue ?? '');
    case node.PROCESSING_INSTRUCTION_NODE:
      return `<?${node.nodeName}${node.nodeValue ? ` ${node.nodeValue}` : ''}?>`;
    default:
      return '';
  }
}

/** The namespaces that the element and its attributes use, as far as no ancestor in the output has them in force (section 3). */
function newNamespaces(element: Element, attributes: readonly Attr[], rendered: Rendered, options: CanonicalOptions): Map<string, string> {
  const used = new Map<string, string>([[element.prefix ?? '', element.namespaceURI ?? '']]);
  for (const { prefix, namespaceURI } of attributes) if (prefix && namespaceURI && namespaceURI !== XML) used.set(prefix, namespaceURI);
  for (const prefix of options.inclusive ?? []) {
    const uri = element.lookupNamespaceURI(prefix);
    if (uri != null && uri !== XML) used.set(prefix, uri);
  }
  return new Map([...used].filter(([prefix, uri]) => (rendered.get(prefix) ?? '') !== uri));
}

/** Attributes without a namespace come first; otherwise by namespace, then by local name, in code point order. */
function byNamespaceThenName(a: Attr, b: Attr): number {
  return compare(a.namespaceURI ?? '', b.namespaceURI ?? '') || compare(a.localName ?? a.name, b.localName ?? b.name);
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function text(content: string): string {
  return content.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}

function value(content: string): string {
  return content.replace(/[&<"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}
