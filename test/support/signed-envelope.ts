/** Judges a signed WS-Trust request as strictly as AD FS does, with a canonicalisation of its own: it shares no code with what made the request. */
import { createHash, verify, X509Certificate } from 'node:crypto';
import { DOMParser, type Element, type Node } from '@xmldom/xmldom';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
const UTILITY = `${WSS}wssecurity-utility-1.0.xsd`;
const HASHES = new Map([
  [`${DS}rsa-sha1`, { hash: 'sha1', digest: `${DS}sha1` }],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', { hash: 'sha256', digest: 'http://www.w3.org/2001/04/xmlenc#sha256' }],
]);

export interface Judged {
  hash: string;
  certificate: Buffer;
  to: string;
  created: Date;
  expires: Date;
  /** How the signature names the certificate. */
  reference: 'direct' | 'thumbprint';
}

/** @throws Error naming the first thing that is not as it must be. */
export function judgeSignedEnvelope(envelope: string): Judged {
  const root = new DOMParser({ onError: (_, message) => expect(false, message) }).parseFromString(envelope, 'text/xml').documentElement;
  if (root === null) throw new Error('empty');
  const security = only(root, 'Security');
  const order = Array.from(security.childNodes).map((node) => (node as Element).localName);
  expect(order.join() === 'Timestamp,BinarySecurityToken,Signature', `strict layout, not ${order.join()}`);
  const [timestamp, token, signature] = Array.from(security.childNodes) as [Element, Element, Element];
  const certificate = Buffer.from(token.textContent ?? '', 'base64');
  expect(token.getAttribute('ValueType') === `${WSS}x509-token-profile-1.0#X509v3`, 'the type of the token');

  const info = only(signature, 'SignedInfo');
  const suite = HASHES.get(only(info, 'SignatureMethod').getAttribute('Algorithm') ?? '');
  if (suite === undefined) throw new Error('the signature method');
  expect(only(info, 'CanonicalizationMethod').getAttribute('Algorithm') === C14N, 'the canonicalisation');
  const to = only(only(root, 'Header'), 'To');
  const references = all(info, 'Reference');
  expect(references.length === 2, 'two references');
  const signed = [timestamp, to];
  for (const [index, part] of signed.entries()) {
    const reference = references[index] as Element;
    const id = part.getAttributeNS(UTILITY, 'Id');
    expect(reference.getAttribute('URI') === `#${id}`, 'the reference points to the part');
    expect(withId(root, id ?? '').length === 1, 'the id is unique');
    expect(
      all(reference, 'Transform')
        .map((each) => each.getAttribute('Algorithm'))
        .join() === C14N,
      'one transform',
    );
    expect(only(reference, 'DigestMethod').getAttribute('Algorithm') === suite.digest, 'the digest method');
    const digest = createHash(suite.hash).update(canonical(part)).digest('base64');
    expect(only(reference, 'DigestValue').textContent === digest, `the digest of ${part.localName}`);
  }
  const value = Buffer.from(only(signature, 'SignatureValue').textContent ?? '', 'base64');
  const { publicKey } = new X509Certificate(certificate);
  expect(verify(suite.hash, Buffer.from(canonical(info)), publicKey, value), 'the signature');
  return {
    hash: suite.hash,
    certificate,
    to: to.textContent ?? '',
    created: new Date(only(timestamp, 'Created').textContent ?? ''),
    expires: new Date(only(timestamp, 'Expires').textContent ?? ''),
    reference: keyReference(only(signature, 'SecurityTokenReference'), token, certificate),
  };
}

function keyReference(reference: Element, token: Element, certificate: Buffer): Judged['reference'] {
  const direct = all(reference, 'Reference')[0];
  if (direct) {
    expect(direct.getAttribute('URI') === `#${token.getAttributeNS(UTILITY, 'Id')}`, 'the reference to the token');
    return 'direct';
  }
  const identifier = only(reference, 'KeyIdentifier');
  expect(
    identifier.getAttribute('ValueType') === 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1',
    'the kind of identifier',
  );
  expect(identifier.textContent === createHash('sha1').update(certificate).digest('base64'), 'the thumbprint');
  return 'thumbprint';
}

/** Exclusive XML Canonicalization 1.0 of elements, attributes and text: all that such a message has. */
function canonical(element: Element, rendered: ReadonlyMap<string, string> = new Map([['', '']])): string {
  const attributes = Array.from(element.attributes).filter((each) => !/^xmlns(:|$)/.test(each.name));
  const used = new Map([[element.prefix ?? '', element.namespaceURI ?? '']]);
  for (const each of attributes) if (each.prefix) used.set(each.prefix, each.namespaceURI ?? '');
  const fresh = [...used].filter(([prefix, uri]) => rendered.get(prefix) !== uri).sort(([a], [b]) => (a < b ? -1 : 1));
  const declarations = fresh.map(([prefix, uri]) => ` xmlns${prefix && `:${prefix}`}="${uri}"`);
  const sortKey = (each: { namespaceURI: string | null; localName: string | null }) => `${each.namespaceURI ?? ''} ${each.localName}`;
  const others = attributes
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .map((each) => ` ${each.name}="${attributeText(each.value)}"`);
  const inner = Array.from(element.childNodes).map((node: Node) =>
    node.nodeType === 1 ? canonical(node as Element, new Map([...rendered, ...fresh])) : contentText(node.nodeValue ?? ''),
  );
  return `<${element.tagName}${declarations.join('')}${others.join('')}>${inner.join('')}</${element.tagName}>`;
}

function attributeText(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;');
}

function contentText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
}

function all(parent: Element, localName: string): Element[] {
  return Array.from(parent.getElementsByTagName('*')).filter((each) => each.localName === localName);
}

function only(parent: Element, localName: string): Element {
  const [found, ...more] = all(parent, localName);
  if (found === undefined || more.length > 0) throw new Error(`${found === undefined ? 'no' : 'more than one'} ${localName}`);
  return found;
}

function withId(root: Element, id: string): Element[] {
  return Array.from(root.getElementsByTagName('*')).filter((each) => each.getAttributeNS(UTILITY, 'Id') === id);
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as it must be: ${what}`);
}
