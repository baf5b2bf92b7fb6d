/** WS-Trust at the practice organisation's AD FS: one token for one signed, named or TLS-proven request (WS-Trust 1.3 section 4). */
import type { Element } from '@xmldom/xmldom';
import type { Account } from '../accounts.js';
import { findRelyingParty } from '../federation.js';
import type { LabRequest } from '../message.js';
import { authenticationMethods, issueSecurityToken, SAML, type SecurityToken } from '../security-token.js';
import { childElements, escapeXml, onlyChild, textOf } from '../xml.js';
import { subjectOf } from './card-user.js';
import { type Endpoint, endpoints } from './endpoints.js';
import { userOfPassword, userOfSignature, userOfTransport } from './message-security.js';
import { metadataExchange } from './mex.js';
import { ADDRESSING, POLICY, type TrustVersion, UTILITY } from './namespaces.js';
import type { AdfsResponse, Service } from './service.js';
import { type Envelope, readEnvelope, SoapFault, soapAnswer, soapFault } from './soap.js';

const ROOT = '/adfs/services/trust/';
const SAML_11 = [SAML, 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1'];

/** True for what this file answers. */
export function isTrustPath(request: LabRequest): boolean {
  return request.path.toLowerCase().startsWith(ROOT);
}

/** @param host - the host of AD FS that was asked */
export function trust(request: LabRequest, service: Service, host: Endpoint['host']): AdfsResponse {
  const { federation, faults } = service;
  const path = request.path.toLowerCase();
  const all = endpoints(federation, faults);
  if (path === `${ROOT}mex` && host === 'sts' && all.length > 0) return metadataExchange(federation, faults);
  const endpoint = all.find((candidate) => candidate.host === host && new URL(candidate.url).pathname === path);
  if (endpoint === undefined) return empty(404, 'there is no such endpoint');
  if (endpoint.kind === 'windowstransport') return { ...empty(401), headers: { 'WWW-Authenticate': ['Negotiate', 'NTLM'] } };
  if (request.method !== 'POST') return empty(400, 'endpoints take POST');
  if (!/^application\/soap\+xml\b/i.test(request.headers['content-type'] ?? ''))
    return empty(415, 'the message is not application/soap+xml');
  return answer(request, endpoint, service);
}

function answer(request: LabRequest, endpoint: Endpoint, service: Service): AdfsResponse {
  let envelope: Envelope | undefined;
  try {
    envelope = readEnvelope(request.body.toString('utf8'), endpoint.url);
    const { version } = endpoint;
    if (envelope.action !== version.issueAction) {
      const subcode = { namespace: ADDRESSING, name: 'ActionNotSupported' };
      throw new SoapFault(subcode, 'The message cannot be processed: its Action is not that of a request for a token.', envelope.action);
    }
    const { account, method, note } = prove(request, endpoint, envelope, service);
    const audience = readRequest(envelope, version, service);
    const token = issueSecurityToken(service.federation, account, {
      audience,
      authenticationMethod: method,
      now: service.now(),
      withoutSid: service.switches.withoutSid,
    });
    const response = soapAnswer(version.answerAction, envelope.messageId, service.now(), tokenAnswer(token, audience, version));
    return { ...response, account, ...(note === undefined ? {} : { note }) };
  } catch (error) {
    if (error instanceof SoapFault) return soapFault(error, envelope?.messageId, service.now());
    throw error;
  }
}

function prove(
  request: LabRequest,
  { kind }: Endpoint,
  envelope: Envelope,
  service: Service,
): { account: Account; method: string; note?: string } {
  if (kind === 'usernamemixed') return { account: userOfPassword(envelope, service), method: authenticationMethods.password };
  if (kind === 'certificatetransport') {
    return { account: userOfTransport(request.peerCertificate, service), method: authenticationMethods.certificate };
  }
  const { account, certificate } = userOfSignature(envelope, service);
  return { account, method: authenticationMethods.signature, note: `signed with the certificate of ${subjectOf(certificate)}` };
}

/** @returns the relying party that the token is to be for. @throws SoapFault for a request that AD FS has no answer to. */
function readRequest({ body }: Envelope, version: TrustVersion, { federation }: Service): string {
  const refuse = (name: string, reason: string, note: string): SoapFault =>
    new SoapFault({ namespace: version.namespace, name }, reason, note);
  let audience: string;
  try {
    const request = onlyChild(body, version.namespace, 'RequestSecurityToken');
    expectText(request, version, 'RequestType', [version.issue]);
    expectText(request, version, 'KeyType', [version.bearer]);
    if (childElements(request, version.namespace, 'TokenType').length > 0) expectText(request, version, 'TokenType', SAML_11);
    const reference = onlyChild(onlyChild(request, POLICY, 'AppliesTo'), ADDRESSING, 'EndpointReference');
    audience = textOf(onlyChild(reference, ADDRESSING, 'Address'));
  } catch (error) {
    throw refuse(
      'InvalidRequest',
      'ID3035: The request was not valid or is malformed.',
      error instanceof Error ? error.message : String(error),
    );
  }
  if (findRelyingParty(federation, audience) === undefined) {
    throw refuse('InvalidScope', 'ID3082: The request scope is not valid or is unsupported.', `there is no relying party ${audience}`);
  }
  return audience;
}

function expectText(request: Element, { namespace }: TrustVersion, name: string, wanted: readonly string[]): void {
  const given = textOf(onlyChild(request, namespace, name));
  if (!wanted.includes(given)) throw new Error(`${name} is ${given}`);
}

function tokenAnswer({ assertion, notBefore, notAfter }: SecurityToken, audience: string, version: TrustVersion): string {
  const lifetime = `<t:Lifetime><u:Created xmlns:u="${UTILITY}">${notBefore}</u:Created><u:Expires xmlns:u="${UTILITY}">${notAfter}</u:Expires></t:Lifetime>`;
  const appliesTo = `<wsp:AppliesTo xmlns:wsp="${POLICY}"><a:EndpointReference><a:Address>${escapeXml(audience)}</a:Address></a:EndpointReference></wsp:AppliesTo>`;
  const response = `<t:RequestSecurityTokenResponse xmlns:t="${version.namespace}">${lifetime}${appliesTo}<t:RequestedSecurityToken>${assertion}</t:RequestedSecurityToken><t:TokenType>${SAML}</t:TokenType><t:RequestType>${version.issue}</t:RequestType><t:KeyType>${version.bearer}</t:KeyType></t:RequestSecurityTokenResponse>`;
  if (version.name === '2005') return response;
  return `<t:RequestSecurityTokenResponseCollection xmlns:t="${version.namespace}">${response}</t:RequestSecurityTokenResponseCollection>`;
}

function empty(status: number, note?: string): AdfsResponse {
  return { status, headers: {}, body: '', ...(note === undefined ? {} : { note }) };
}
