/** The request of certificatemixed: the card signs Timestamp and To (WS-Security 1.0, X.509 Token Profile). It verifies nothing, and reads no XML but its own. */
import { createHash, randomUUID } from 'node:crypto';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { LyncauthError } from '../../errors.js';
import type { ClientIdentity } from '../../signer.js';
import { descendants, parseXml, type XmlElement } from '../xml.js';
import type { SignatureHash } from './mex.js';
import { BASE64, SIGNATURE, THUMBPRINT, X509_TOKEN } from './namespaces.js';
import { newMessage, TIMESTAMP_ID, TO_ID, type TokenRequest } from './request.js';
import { element, type Markup, verbatim } from './xml-build.js';

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** WS-SecurityPolicy 1.2 section 6.1: Basic256 means the first, Basic256Sha256 the second. */
const ALGORITHMS: Readonly<Record<SignatureHash, { signature: string; digest: string }>> = {
  sha1: { signature: `${SIGNATURE}rsa-sha1`, digest: `${SIGNATURE}sha1` },
  sha256: { signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', digest: 'http://www.w3.org/2001/04/xmlenc#sha256' },
};

/** How the signature names the certificate: the token in the message, or a hash of it, which policies with RequireThumbprintReference ask for. */
export type KeyReference = 'direct' | 'thumbprint';

/** Whether the key can make the signatures that WS-SecurityPolicy's algorithm suites know: they are all RSA. */
export function canSignRequests(identity: ClientIdentity): boolean {
  return identity.signer.supports('rsa-pkcs1');
}

/**
 * The signed envelope.
 *
 * @throws LyncauthError CARD_UNSUPPORTED for a key that is not RSA, and what the signer throws
 */
export async function signedRequest(request: TokenRequest, identity: ClientIdentity, reference: KeyReference): Promise<string> {
  if (!canSignRequests(identity)) {
    throw new LyncauthError(
      'CARD_UNSUPPORTED',
      'requests to certificatemixed are signed with RSA, and the key on the card is not an RSA key',
      {
        hint: 'sign in with --method passive, which takes every kind of key',
      },
    );
  }
  const { certificate, signer } = identity;
  const { hash } = request.endpoint;
  const tokenId = `uuid-${randomUUID()}`;
  const message = newMessage(request);
  const token = element(
    'o:BinarySecurityToken',
    { 'u:Id': tokenId, ValueType: X509_TOKEN, EncodingType: BASE64 },
    Buffer.from(certificate).toString('base64'),
  );
  const unsigned = parseXml(message.withCredentials(token), 'this program').root;
  const signedInfo = signedInfoOf(
    [TIMESTAMP_ID, TO_ID].map((id) => ({ id, digest: digest(hash, canonical(withId(unsigned, id))) })),
    hash,
  );
  const value = await signer.sign(Buffer.from(signedInfo), { kind: 'rsa-pkcs1', hash });
  const signature = element(
    'Signature',
    { xmlns: SIGNATURE },
    // Its canonical form, which is what was signed, stands in the message itself.
    verbatim(signedInfo),
    element('SignatureValue', {}, Buffer.from(value).toString('base64')),
    element('KeyInfo', {}, element('o:SecurityTokenReference', {}, keyReference(reference, tokenId, certificate))),
  );
  return message.withCredentials(token, signature);
}

function signedInfoOf(parts: readonly { id: string; digest: string }[], hash: SignatureHash): string {
  const { signature, digest: digestMethod } = ALGORITHMS[hash];
  const references = parts.map((part) =>
    element(
      'Reference',
      { URI: `#${part.id}` },
      element('Transforms', {}, element('Transform', { Algorithm: EXCLUSIVE_C14N })),
      element('DigestMethod', { Algorithm: digestMethod }),
      element('DigestValue', {}, part.digest),
    ),
  );
  const info = element(
    'SignedInfo',
    { xmlns: SIGNATURE },
    element('CanonicalizationMethod', { Algorithm: EXCLUSIVE_C14N }),
    element('SignatureMethod', { Algorithm: signature }),
    ...references,
  );
  return canonical(parseXml(info.xml, 'this program').root);
}

function keyReference(reference: KeyReference, tokenId: string, certificate: Uint8Array): Markup {
  if (reference === 'direct') return element('o:Reference', { ValueType: X509_TOKEN, URI: `#${tokenId}` });
  return element('o:KeyIdentifier', { ValueType: THUMBPRINT, EncodingType: BASE64 }, digest('sha1', certificate));
}

/** Exclusive XML Canonicalization 1.0, without comments. */
function canonical(part: XmlElement): string {
  // The declaration speaks of a browser's elements; the code reads the parser's.
  return new ExclusiveCanonicalization().process(part as never, {});
}

function withId(root: XmlElement, id: string): XmlElement {
  const found = descendants(root).find((part) => part.getAttribute('u:Id') === id);
  if (found === undefined) throw new RangeError(`no part ${id} in the message`);
  return found;
}

function digest(hash: SignatureHash, data: string | Uint8Array): string {
  return createHash(hash).update(data).digest('base64');
}
