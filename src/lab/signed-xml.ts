/** XML signatures of the practice organisation (W3C XML Signature): RSA over exclusive canonical XML. Knows no message and no token. */
import { createHash, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import { canonicalXml, EXCLUSIVE_C14N } from './canonical-xml.js';
import { childElements, onlyChild, parseXml, textOf } from './xml.js';

export const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPED = `${DSIG}enveloped-signature`;

export type XmlHash = 'sha1' | 'sha256';

const SIGNATURE_METHODS: Readonly<Record<XmlHash, string>> = {
  sha1: `${DSIG}rsa-sha1`,
  sha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
};
const DIGEST_METHODS: Readonly<Record<XmlHash, string>> = { sha1: `${DSIG}sha1`, sha256: 'http://www.w3.org/2001/04/xmlenc#sha256' };

/**
 * A `ds:Signature` with SHA-256 over `element`, to be put into it (enveloped).
 *
 * @param id - value of the attribute that identifies the element.
 * @param certificate - of the key, DER; it goes into KeyInfo.
 */
export function envelopedSignature(element: Element, id: string, key: KeyObject, certificate: Uint8Array): string {
  const digest = createHash('sha256').update(canonicalXml(element)).digest('base64');
  const transforms = [ENVELOPED, EXCLUSIVE_C14N].map((algorithm) => `<ds:Transform Algorithm="${algorithm}"></ds:Transform>`).join('');
  const signedInfo = `<ds:SignedInfo xmlns:ds="${DSIG}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${SIGNATURE_METHODS.sha256}"></ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="${DIGEST_METHODS.sha256}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(canonicalXml(parseXml(signedInfo))), key).toString('base64');
  const keyInfo = `<KeyInfo xmlns="${DSIG}"><X509Data><X509Certificate>${Buffer.from(certificate).toString('base64')}</X509Certificate></X509Data></KeyInfo>`;
  return `<ds:Signature xmlns:ds="${DSIG}">${signedInfo.replace(` xmlns:ds="${DSIG}"`, '')}<ds:SignatureValue>${value}</ds:SignatureValue>${keyInfo}</ds:Signature>`;
}

/**
 * Verifies a signature over exactly the elements of `signed`, and nothing else.
 *
 * @param signed - the elements that must be signed, by identifier: what a reference points to is never looked up, so no copy can stand in.
 * @param rules - `hash`: the only one that is taken; `enveloped`: whether the signature is inside what it signs.
 * @throws Error with the reason.
 */
export function verifySignature(
  signature: Element,
  signed: ReadonlyMap<string, Element>,
  key: KeyObject,
  rules: { hash: XmlHash; enveloped: boolean },
): void {
  const signedInfo = onlyChild(signature, DSIG, 'SignedInfo');
  const inclusive = canonicalization(onlyChild(signedInfo, DSIG, 'CanonicalizationMethod'));
  expectAlgorithm(onlyChild(signedInfo, DSIG, 'SignatureMethod'), SIGNATURE_METHODS[rules.hash]);
  const references = childElements(signedInfo, DSIG, 'Reference');
  const named = new Set(references.map((reference) => reference.getAttribute('URI')));
  const missing = [...signed.keys()].filter((id) => !named.has(`#${id}`));
  if (missing.length > 0) throw new Error(`the signature does not cover ${missing.map((id) => signed.get(id)?.localName).join(', ')}`);
  if (named.size !== references.length) throw new Error('the signature refers to the same element twice');
  for (const reference of references) verifyReference(reference, signature, signed, rules);
  const value = Buffer.from(textOf(onlyChild(signature, DSIG, 'SignatureValue')).replace(/\s/g, ''), 'base64');
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the signature is not that of an RSA key');
  if (!verify(rules.hash, Buffer.from(canonicalXml(signedInfo, { inclusive })), key, value))
    throw new Error('the signature is not that of the key');
}

function verifyReference(
  reference: Element,
  signature: Element,
  signed: ReadonlyMap<string, Element>,
  rules: { hash: XmlHash; enveloped: boolean },
): void {
  const uri = reference.getAttribute('URI') ?? '';
  const element = signed.get(uri.slice(1));
  if (!uri.startsWith('#') || element === undefined) throw new Error(`the signature refers to ${uri || 'the whole document'}`);
  const transforms = childElements(onlyChild(reference, DSIG, 'Transforms'), DSIG, 'Transform');
  if (rules.enveloped) expectAlgorithm(transforms.shift(), ENVELOPED);
  const [canonical, ...others] = transforms;
  if (canonical === undefined || others.length > 0) throw new Error('the reference has other transforms than exclusive canonicalization');
  const inclusive = canonicalization(canonical);
  expectAlgorithm(onlyChild(reference, DSIG, 'DigestMethod'), DIGEST_METHODS[rules.hash]);
  const octets = canonicalXml(element, { inclusive, without: rules.enveloped ? signature : undefined });
  const digest = createHash(rules.hash).update(octets).digest();
  const given = Buffer.from(textOf(onlyChild(reference, DSIG, 'DigestValue')), 'base64');
  if (given.length !== digest.length || !timingSafeEqual(given, digest)) throw new Error(`${element.localName} is not what was signed`);
}

/** @returns the prefixes of InclusiveNamespaces. */
function canonicalization(method: Element): string[] {
  expectAlgorithm(method, EXCLUSIVE_C14N);
  const list = childElements(method, EXCLUSIVE_C14N, 'InclusiveNamespaces')[0]?.getAttribute('PrefixList') ?? '';
  return list
    .split(/\s+/)
    .filter((prefix) => prefix !== '')
    .map((prefix) => (prefix === '#default' ? '' : prefix));
}

function expectAlgorithm(element: Element | undefined, algorithm: string): void {
  const given = element?.getAttribute('Algorithm') ?? 'none';
  if (given !== algorithm) throw new Error(`the signature uses ${given} in the place of ${algorithm}`);
}
