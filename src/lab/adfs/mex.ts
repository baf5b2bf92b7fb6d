/** The description of the WS-Trust endpoints of the practice organisation's AD FS: WSDL 1.1 with the policies of WS-SecurityPolicy. */
import { type Fault, hasFault } from '../faults.js';
import type { Federation } from '../federation.js';
import type { LabResponse } from '../message.js';
import { escapeXml } from '../xml.js';
import { type Endpoint, type EndpointKind, endpoints } from './endpoints.js';
import { ADDRESSING, POLICY, UTILITY } from './namespaces.js';

const TARGET = 'http://schemas.microsoft.com/ws/2008/06/identity/securitytokenservice';
const BINDINGS: Readonly<Record<EndpointKind, string>> = {
  usernamemixed: 'UserNameWSTrustBinding',
  certificatemixed: 'CertificateWSTrustBinding',
  certificatetransport: 'CertificateWSTrustBinding',
  windowstransport: 'WindowsWSTrustBinding',
};

/** GET /adfs/services/trust/mex. */
export function metadataExchange(federation: Federation, faults: readonly Fault[]): LabResponse {
  const all = endpoints(federation, faults);
  // Two bindings of one name are told apart by a number, as WCF does it.
  const seen = new Map<string, number>();
  const named = all.map((endpoint) => {
    const contract = endpoint.version.name === '13' ? 'IWSTrust13Async' : 'IWSTrustFeb2005Async';
    const base = `${BINDINGS[endpoint.kind]}_${contract}`;
    const number = seen.get(base) ?? 0;
    seen.set(base, number + 1);
    return { ...endpoint, contract, name: `${base}${number || ''}` };
  });
  const suite = hasFault(faults, 'ws-trust-sha256') ? 'Basic256Sha256' : 'Basic256';
  const policies = named.map(({ name, ...endpoint }) => policy(name, endpoint, suite));
  const bindings = named.map(
    ({ name, contract, version }) =>
      `<wsdl:binding name="${name}" type="tns:${contract}"><wsp:PolicyReference URI="#${name}_policy"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="Trust${version.name === '13' ? '13' : 'Feb2005'}IssueAsync"><soap12:operation soapAction="${version.issueAction}" style="document"/><wsdl:input><soap12:body use="literal"/></wsdl:input><wsdl:output><soap12:body use="literal"/></wsdl:output></wsdl:operation></wsdl:binding>`,
  );
  const ports = named.map(
    ({ name, url }) =>
      `<wsdl:port name="${name}" binding="tns:${name}"><soap12:address location="${escapeXml(url)}"/><wsa10:EndpointReference><wsa10:Address>${escapeXml(url)}</wsa10:Address></wsa10:EndpointReference></wsdl:port>`,
  );
  const body = `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="SecurityTokenService" targetNamespace="${TARGET}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="${POLICY}" xmlns:wsu="${UTILITY}" xmlns:wsa10="${ADDRESSING}" xmlns:tns="${TARGET}" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/">${policies.join('')}${bindings.join('')}<wsdl:service name="SecurityTokenService">${ports.join('')}</wsdl:service></wsdl:definitions>
`;
  return { status: 200, headers: { 'Content-Type': 'text/xml; charset=UTF-8' }, body };
}

function policy(name: string, { version, kind }: Endpoint, suite: string): string {
  const required = kind === 'certificatetransport';
  const https =
    version.name === '13'
      ? `<sp:HttpsToken><wsp:Policy>${required ? '<sp:RequireClientCertificate/>' : ''}</wsp:Policy></sp:HttpsToken>`
      : `<sp:HttpsToken RequireClientCertificate="${required}"/>`;
  const timestamp = kind.endsWith('mixed') ? '<sp:IncludeTimestamp/>' : '';
  const transport = `<sp:TransportBinding xmlns:sp="${version.securityPolicy}"><wsp:Policy><sp:TransportToken><wsp:Policy>${https}</wsp:Policy></sp:TransportToken><sp:AlgorithmSuite><wsp:Policy><sp:${suite}/></wsp:Policy></sp:AlgorithmSuite><sp:Layout><wsp:Policy><sp:Strict/></wsp:Policy></sp:Layout>${timestamp}</wsp:Policy></sp:TransportBinding>`;
  const addressing = '<wsaw:UsingAddressing xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>';
  return `<wsp:Policy wsu:Id="${name}_policy"><wsp:ExactlyOne><wsp:All>${kind === 'windowstransport' ? '<http:NegotiateAuthentication xmlns:http="http://schemas.microsoft.com/ws/06/2004/policy/http"/>' : ''}${transport}${supportingToken(version.securityPolicy, kind)}${addressing}</wsp:All></wsp:ExactlyOne></wsp:Policy>`;
}

function supportingToken(sp: string, kind: EndpointKind): string {
  const always = `${sp}/IncludeToken/AlwaysToRecipient`;
  if (kind === 'usernamemixed') {
    return `<sp:SignedSupportingTokens xmlns:sp="${sp}"><wsp:Policy><sp:UsernameToken sp:IncludeToken="${always}"><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken></wsp:Policy></sp:SignedSupportingTokens>`;
  }
  if (kind !== 'certificatemixed') return '';
  return `<sp:EndorsingSupportingTokens xmlns:sp="${sp}"><wsp:Policy><sp:X509Token sp:IncludeToken="${always}"><wsp:Policy><sp:RequireThumbprintReference/><sp:WssX509V3Token10/></wsp:Policy></sp:X509Token><sp:SignedParts><sp:Header Name="To" Namespace="${ADDRESSING}"/></sp:SignedParts></wsp:Policy></sp:EndorsingSupportingTokens><sp:Wss11 xmlns:sp="${sp}"><wsp:Policy><sp:MustSupportRefThumbprint/></wsp:Policy></sp:Wss11>`;
}
