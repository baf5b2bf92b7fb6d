/** WS-Security of a message to AD FS, verified as its policies say: Timestamp, UsernameToken, and the signature of a certificate. */
import { createHash, X509Certificate } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import { type Account, findAccount } from '../accounts.js';
import { findFault, hasFault } from '../faults.js';
import { DSIG, verifySignature } from '../signed-xml.js';
import { allElements, childElements, onlyChild, textOf } from '../xml.js';
import { cardUser } from './card-user.js';
import { BASE64, SECURITY, THUMBPRINT, UTILITY, X509V3 } from './namespaces.js';
import type { Service } from './service.js';
import { type Envelope, SoapFault } from './soap.js';

const SKEW_MS = 5 * 60 * 1000;

/** Whom a UsernameToken speaks for (WSS UsernameToken Profile 1.1). @throws SoapFault */
export function userOfPassword(envelope: Envelope, service: Service): Account {
  const token = strictly(() => {
    const security = onlyChild(envelope.header, SECURITY, 'Security');
    verifyTimestamp(onlyChild(security, UTILITY, 'Timestamp'), service.now());
    return onlyChild(security, SECURITY, 'UsernameToken');
  });
  const [name, password] = ['Username', 'Password'].map((field) => childElements(token, SECURITY, field)[0]?.textContent ?? '');
  const account = findAccount(name ?? '');
  if (account === undefined || account.password !== password) throw failedAuthentication('wrong user name or password');
  return account;
}

/**
 * Whose card signed a message: Timestamp and To, by the certificate in it (WSS X.509 Token Profile 1.1).
 *
 * @throws SoapFault
 */
export function userOfSignature(envelope: Envelope, service: Service): { account: Account; certificate: Buffer } {
  const certificate = strictly(() => signer(envelope, service));
  const user = cardUser(certificate, service.root, service.now());
  if ('refused' in user) throw failedAuthentication(user.refused);
  return { account: user.account, certificate };
}

/** @throws SoapFault for a certificate that TLS did not see, or that is nobody's. */
export function userOfTransport(der: Buffer | undefined, service: Service): Account {
  const user = cardUser(der, service.root, service.now());
  if ('refused' in user) throw failedAuthentication(user.refused);
  return user.account;
}

function signer({ root, header, to }: Envelope, service: Service): Buffer {
  const security = onlyChild(header, SECURITY, 'Security');
  const [timestamp, token, signature, ...others] = childElements(security);
  if (
    timestamp?.localName !== 'Timestamp' ||
    token?.localName !== 'BinarySecurityToken' ||
    signature?.localName !== 'Signature' ||
    others.length > 0
  ) {
    throw new Error('Security does not hold Timestamp, BinarySecurityToken and Signature, in this order');
  }
  verifyTimestamp(timestamp, service.now());
  const ids = allElements(root)
    .map(idOf)
    .filter((id) => id !== '');
  if (new Set(ids).size < ids.length) throw new Error('two elements have the same Id');
  const certificate = readToken(token);
  verifyReference(onlyChild(onlyChild(signature, DSIG, 'KeyInfo'), SECURITY, 'SecurityTokenReference'), token, certificate, service);
  const signed = new Map([timestamp, to].map((element) => [idOf(element), element]));
  if (signed.has('')) throw new Error('Timestamp or To has no Id, so it cannot be signed');
  const hash = hasFault(service.faults, 'ws-trust-sha256') ? 'sha256' : 'sha1';
  verifySignature(signature, signed, new X509Certificate(certificate).publicKey, { hash, enveloped: false });
  refuseReplay(textOf(onlyChild(signature, DSIG, 'SignatureValue')).replace(/\s/g, ''), service);
  return certificate;
}

/** Created at most five minutes ago, or ahead, and not over yet (WS-Security 1.1 section 10). */
function verifyTimestamp(timestamp: Element, now: Date): void {
  const [created, expires] = ['Created', 'Expires'].map((name) => textOf(onlyChild(timestamp, UTILITY, name)));
  const [from, until] = [created, expires].map((text = '') => (text.endsWith('Z') ? Date.parse(text) : Number.NaN));
  if (from === undefined || until === undefined || !(from < until)) throw new Error('the times of the Timestamp cannot be read');
  if (Math.abs(now.getTime() - from) > SKEW_MS) throw new Error(`the Timestamp was created at ${created}, it is ${now.toISOString()}`);
  if (until <= now.getTime()) throw new Error(`the Timestamp expired at ${expires}, it is ${now.toISOString()}`);
}

function readToken(token: Element): Buffer {
  if (token.namespaceURI !== SECURITY || token.getAttribute('ValueType') !== X509V3)
    throw new Error('the BinarySecurityToken is no X.509 certificate');
  if (token.getAttribute('EncodingType') !== BASE64) throw new Error('the BinarySecurityToken is not in Base64');
  return new X509Certificate(Buffer.from(textOf(token).replace(/\s/g, ''), 'base64')).raw;
}

/** The signature must say whose it is: by pointing at the token, or by the certificate's thumbprint. */
function verifyReference(reference: Element, token: Element, certificate: Buffer, { faults }: Service): void {
  const [target, ...others] = childElements(reference);
  if (target === undefined || others.length > 0) throw new Error('SecurityTokenReference does not hold one reference');
  const only = findFault(faults, 'token-reference')?.value;
  if (target.localName === 'Reference' && only !== 'thumbprint') {
    const valueType = target.getAttribute('ValueType') ?? X509V3;
    if (target.getAttribute('URI') !== `#${idOf(token)}` || valueType !== X509V3) throw new Error('the signature refers to another token');
  } else if (target.localName === 'KeyIdentifier' && only !== 'direct') {
    const thumbprint = createHash('sha1').update(certificate).digest('base64');
    if (target.getAttribute('ValueType') !== THUMBPRINT || textOf(target) !== thumbprint)
      throw new Error('the thumbprint is that of another certificate');
  } else {
    throw new Error(`a ${target.localName} is not taken as reference to the certificate`);
  }
}

/** A message is taken once, for as long as its Timestamp would be taken. */
function refuseReplay(signature: string, { messages, now }: Service): void {
  const time = now().getTime();
  for (const [known, until] of messages) if (until < time) messages.delete(known);
  if (messages.has(signature)) throw new Error('the message was sent before');
  messages.set(signature, time + 2 * SKEW_MS);
}

function idOf(element: Element): string {
  return element.getAttributeNS(UTILITY, 'Id') ?? '';
}

/** The reason goes to the log alone: AD FS says the same of every message that is not secured as it wants. */
function strictly<T>(verify: () => T): T {
  try {
    return verify();
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    throw new SoapFault(
      { namespace: SECURITY, name: 'InvalidSecurity' },
      'An error occurred when verifying security for the message.',
      note,
    );
  }
}

function failedAuthentication(note: string): SoapFault {
  const reason = 'ID3242: The security token could not be authenticated or authorized.';
  return new SoapFault({ namespace: SECURITY, name: 'FailedAuthentication' }, reason, note);
}
