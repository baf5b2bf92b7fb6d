/** The XML namespaces and identifiers of WS-Trust messages. Data only. */
export const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
export const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
export const POLICY = 'http://schemas.xmlsoap.org/ws/2004/09/policy';
export const SECURITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const UTILITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const X509V3 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';
export const BASE64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';
export const THUMBPRINT = 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1';

/** What differs between WS-Trust of February 2005 and WS-Trust 1.3. */
export interface TrustVersion {
  readonly name: '2005' | '13';
  readonly namespace: string;
  readonly issueAction: string;
  readonly answerAction: string;
  readonly issue: string;
  readonly bearer: string;
  readonly securityPolicy: string;
}

export const trustVersions: readonly TrustVersion[] = [
  {
    name: '2005',
    namespace: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    issueAction: 'http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue',
    answerAction: 'http://schemas.xmlsoap.org/ws/2005/02/trust/RSTR/Issue',
    issue: 'http://schemas.xmlsoap.org/ws/2005/02/trust/Issue',
    bearer: 'http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey',
    securityPolicy: 'http://schemas.xmlsoap.org/ws/2005/07/securitypolicy',
  },
  {
    name: '13',
    namespace: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    issueAction: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue',
    answerAction: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RSTRC/IssueFinal',
    issue: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue',
    bearer: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer',
    securityPolicy: 'http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702',
  },
];
