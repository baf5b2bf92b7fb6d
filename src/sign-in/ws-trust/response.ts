/** The answer to a request for a token. The token is taken out to the letter, since it is signed, and never looked into: the pool judges it. */

import { LyncauthError } from '../../errors.js';
import type { HttpResponse } from '../../http/client.js';
import { Secret } from '../../secret.js';
import { unfitAnswer } from '../answer.js';
import { isMarkup, isWebPage } from '../server-text.js';
import { children, descendants, parseXml, textOf, type XmlElement } from '../xml.js';
import { cardNotAccepted, faultError, type Proof, readFault, SERVICE } from './fault.js';
import { TRUST } from './namespaces.js';

const TOKEN_NAMES = new Set(['Assertion', 'EncryptedAssertion', 'EncryptedData']);
const TRUST_NAMESPACES = new Set(Object.values(TRUST).map(({ namespace }) => namespace));

export interface SecurityToken {
  /** The assertion as it was received, byte for byte. */
  readonly source: Secret;
  /** Prefixes (the empty one for the default) that it uses and that were declared outside of it. */
  readonly inherited: ReadonlyMap<string, string>;
  /** As the service wrote them (WS-Trust, Lifetime). */
  readonly created: string | undefined;
  readonly expires: string | undefined;
}

/**
 * The token in the answer of `url`.
 *
 * @throws LyncauthError SIGN_IN_REFUSED, CERTIFICATE_NOT_ACCEPTED, CLOCK_SKEW, REDIRECT_REFUSED or SERVER_ERROR, with the server's own reason
 */
export function readTokenResponse(response: HttpResponse, url: URL, proof: Proof, now: Date): SecurityToken {
  const { status, body } = response;
  if (status >= 300 && status < 400) {
    throw new LyncauthError('REDIRECT_REFUSED', `${SERVICE} at ${url.host} redirects a request for a token`, {
      hint: 'nothing that proves who you are is sent on; ask the administrator what stands in front of AD FS',
    });
  }
  // What AD FS does when it does not trust the CA of a certificate, and what a front end does that was shown none it likes.
  if (proof === 'card' && (status === 204 || ((status === 401 || status === 403) && (!isMarkup(body) || isWebPage(body)))))
    throw cardNotAccepted(url.host);
  if (isWebPage(body)) throw unfitAnswer(url, SERVICE, 'answered with a web page');
  if (!isMarkup(body)) throw unfitAnswer(url, SERVICE, `answered ${status} without a token`);
  const { root, sourceOf } = parseXml(body, `${SERVICE} at ${url.host}`);
  const fault = readFault(root);
  if (fault) throw faultError(fault, url.host, response, proof, now);
  const answer = status === 200 ? responsesIn(root).find((part) => tokenIn(part)) : undefined;
  const token = answer && tokenIn(answer);
  if (answer === undefined || token === undefined) throw unfitAnswer(url, SERVICE, `answered ${status} without a token`);
  const lifetime = children(answer, 'Lifetime')[0];
  const time = (name: string) => (lifetime ? textOf(children(lifetime, name)[0]) : undefined);
  return { source: new Secret(sourceOf(token)), inherited: inheritedBy(token), created: time('Created'), expires: time('Expires') };
}

/** WS-Trust 2005 answers with one RequestSecurityTokenResponse, 1.3 with a collection of them. */
function responsesIn(envelope: XmlElement): XmlElement[] {
  return children(envelope, 'Body')
    .flatMap((body) => [body, ...children(body, 'RequestSecurityTokenResponseCollection')])
    .flatMap((parent) => children(parent, 'RequestSecurityTokenResponse'))
    .filter(({ namespaceURI }) => TRUST_NAMESPACES.has(namespaceURI ?? ''));
}

function tokenIn(response: XmlElement): XmlElement | undefined {
  const [token, ...more] = children(response, 'RequestedSecurityToken').flatMap((requested) => children(requested));
  return token && more.length === 0 && TOKEN_NAMES.has(token.localName ?? '') ? token : undefined;
}

/** What `token` needs from its surroundings to mean the same elsewhere; AD FS declares everything inside, others need not. */
function inheritedBy(token: XmlElement): Map<string, string> {
  const needed = new Map<string, string>();
  const outside = token.parentNode as XmlElement;
  for (const part of [token, ...descendants(token)]) {
    for (const prefix of prefixesOf(part)) {
      const uri = outside.lookupNamespaceURI(prefix);
      if (!needed.has(prefix) && uri && !isDeclaredWithin(token, part, prefix)) needed.set(prefix, uri);
    }
  }
  return needed;
}

function prefixesOf(part: XmlElement): Set<string> {
  const prefixes = new Set([part.prefix ?? '']);
  for (const { prefix, localName, value } of Array.from(part.attributes)) {
    if (prefix && prefix !== 'xmlns' && prefix !== 'xml') prefixes.add(prefix);
    // The one attribute of assertions whose value is a qualified name (XML Schema part 1 section 2.6.1).
    if (localName === 'type' && /^[\w.-]+:/.test(value)) prefixes.add(value.slice(0, value.indexOf(':')));
  }
  return prefixes;
}

function isDeclaredWithin(token: XmlElement, part: XmlElement, prefix: string): boolean {
  for (let here = part; ; here = here.parentNode as XmlElement) {
    if (here.hasAttribute(prefix === '' ? 'xmlns' : `xmlns:${prefix}`)) return true;
    if (here === token) return false;
  }
}
