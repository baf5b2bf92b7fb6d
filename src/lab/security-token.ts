/** The tokens of the practice organisation's AD FS: SAML 1.1 assertions, signed by its token-signing key; issued here, and verified for who relies on them. */
import { randomUUID, X509Certificate } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import type { Account } from './accounts.js';
import type { Federation } from './federation.js';
import { DSIG, envelopedSignature, verifySignature } from './signed-xml.js';
import { allElements, childElements, escapeXml, onlyChild, parseXml, textOf } from './xml.js';

export const SAML = 'urn:oasis:names:tc:SAML:1.0:assertion';
export const TRUST_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/trust';
const BEARER = 'urn:oasis:names:tc:SAML:1.0:cm:bearer';
const SID_CLAIM = { namespace: 'http://schemas.microsoft.com/ws/2008/06/identity/claims', name: 'primarysid' };
const UPN_CLAIM = { namespace: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims', name: 'upn' };
const LIFETIME_MS = 60 * 60 * 1000;

/** How a user proved who they are, as tokens say it. */
export const authenticationMethods = {
  /** TLS client authentication. */
  certificate: 'urn:ietf:rfc:2246',
  password: 'urn:oasis:names:tc:SAML:1.0:am:password',
  /** A signature in the message itself. */
  signature: 'urn:oasis:names:tc:SAML:1.0:am:X509-PKI',
} as const;

export interface TokenOrder {
  /** Identifier of the relying party. */
  readonly audience: string;
  readonly authenticationMethod: string;
  readonly now: Date;
  /** Leaves the SID out, as AD FS does when nobody has added the rule. */
  readonly withoutSid?: boolean;
}

/** A token and the hour it holds. */
export interface SecurityToken {
  /** The signed `saml:Assertion`. */
  readonly assertion: string;
  readonly notBefore: string;
  readonly notAfter: string;
}

/** Issues a token about `account` (SAML 1.1 core, section 2). */
export function issueSecurityToken(federation: Federation, account: Account, order: TokenOrder): SecurityToken {
  const id = `_${randomUUID()}`;
  const notBefore = order.now.toISOString();
  const notAfter = new Date(order.now.getTime() + LIFETIME_MS).toISOString();
  const subject = `<saml:Subject><saml:SubjectConfirmation><saml:ConfirmationMethod>${BEARER}</saml:ConfirmationMethod></saml:SubjectConfirmation></saml:Subject>`;
  const claims = `${order.withoutSid === true ? '' : claim(SID_CLAIM, account.sid)}${claim(UPN_CLAIM, account.upn)}`;
  const begin = `<saml:Assertion MajorVersion="1" MinorVersion="1" AssertionID="${id}" Issuer="${federation.issuer}" IssueInstant="${notBefore}" xmlns:saml="${SAML}"><saml:Conditions NotBefore="${notBefore}" NotOnOrAfter="${notAfter}"><saml:AudienceRestrictionCondition><saml:Audience>${escapeXml(order.audience)}</saml:Audience></saml:AudienceRestrictionCondition></saml:Conditions><saml:AttributeStatement>${subject}${claims}</saml:AttributeStatement><saml:AuthenticationStatement AuthenticationMethod="${order.authenticationMethod}" AuthenticationInstant="${notBefore}">${subject}</saml:AuthenticationStatement>`;
  const end = '</saml:Assertion>';
  const { key, certificate } = federation.signing;
  const signature = envelopedSignature(parseXml(begin + end), id, key, certificate);
  return { assertion: begin + signature + end, notBefore, notAfter };
}

function claim({ namespace, name }: typeof SID_CLAIM | typeof UPN_CLAIM, value: string): string {
  return `<saml:Attribute AttributeName="${name}" AttributeNamespace="${namespace}"><saml:AttributeValue>${escapeXml(value)}</saml:AttributeValue></saml:Attribute>`;
}

/** What a verified token says. */
export interface TokenClaims {
  /** Absent when AD FS was not told to pass it on. */
  readonly sid?: string;
  readonly upn?: string;
  readonly authenticationMethod: string;
  readonly notAfter: Date;
}

export interface TokenRules {
  readonly audience: string;
  readonly now: Date;
  /** Identifiers of the tokens that were taken before; the one that is verified is added. */
  readonly seen: Set<string>;
}

/**
 * Verifies the one assertion in a `wresult` (a WS-Trust RequestSecurityTokenResponse) as a relying party does: signature, issuer, audience,
 * times, and that it was not used before.
 *
 * @throws Error with the reason.
 */
export function verifySecurityToken(wresult: string, federation: Federation, rules: TokenRules): TokenClaims {
  const response = parseXml(wresult);
  if (response.namespaceURI !== TRUST_2005 || response.localName !== 'RequestSecurityTokenResponse') {
    throw new Error('the security token is not in a RequestSecurityTokenResponse of WS-Trust 2005/02');
  }
  const assertion = onlyChild(onlyChild(response, TRUST_2005, 'RequestedSecurityToken'), SAML, 'Assertion');
  if (allElements(response).filter((element) => element.localName === 'Assertion').length > 1)
    throw new Error('there is more than one assertion');
  const id = assertion.getAttribute('AssertionID') ?? '';
  const key = new X509Certificate(federation.signing.certificate).publicKey;
  verifySignature(onlyChild(assertion, DSIG, 'Signature'), new Map([[id, assertion]]), key, { hash: 'sha256', enveloped: true });
  if (assertion.getAttribute('Issuer') !== federation.issuer) throw new Error('the security token is of another issuer');
  const notAfter = verifyConditions(onlyChild(assertion, SAML, 'Conditions'), rules);
  if (rules.seen.has(id)) throw new Error('the security token was used before');
  rules.seen.add(id);
  const sid = claimOf(assertion, SID_CLAIM);
  const upn = claimOf(assertion, UPN_CLAIM);
  const authenticationMethod = onlyChild(assertion, SAML, 'AuthenticationStatement').getAttribute('AuthenticationMethod') ?? '';
  return { ...(sid === undefined ? {} : { sid }), ...(upn === undefined ? {} : { upn }), authenticationMethod, notAfter };
}

function verifyConditions(conditions: Element, { audience, now }: TokenRules): Date {
  const notBefore = new Date(conditions.getAttribute('NotBefore') ?? '');
  const notAfter = new Date(conditions.getAttribute('NotOnOrAfter') ?? '');
  if (!(notBefore <= now)) throw new Error('the security token is not valid yet');
  if (!(now < notAfter)) throw new Error('the security token has expired');
  const audiences = childElements(onlyChild(conditions, SAML, 'AudienceRestrictionCondition'), SAML, 'Audience').map(textOf);
  if (!audiences.includes(audience)) throw new Error(`the security token is for ${audiences.join(', ')}`);
  return notAfter;
}

function claimOf(assertion: Element, { namespace, name }: typeof SID_CLAIM | typeof UPN_CLAIM): string | undefined {
  const [attribute] = childElements(onlyChild(assertion, SAML, 'AttributeStatement'), SAML, 'Attribute').filter(
    (candidate) => candidate.getAttribute('AttributeName') === name && candidate.getAttribute('AttributeNamespace') === namespace,
  );
  return attribute === undefined ? undefined : textOf(onlyChild(attribute, SAML, 'AttributeValue'));
}
