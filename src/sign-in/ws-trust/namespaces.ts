/** The names that stand in WS-Trust messages as AD FS reads and writes them. */

export type TrustVersion = '2005' | '13';

export const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
export const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
export const POLICY = 'http://schemas.xmlsoap.org/ws/2004/09/policy';
export const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
export const UTILITY = `${WSS}-wssecurity-utility-1.0.xsd`;
export const SECURITY = `${WSS}-wssecurity-secext-1.0.xsd`;
export const BASE64 = `${WSS}-soap-message-security-1.0#Base64Binary`;
export const X509_TOKEN = `${WSS}-x509-token-profile-1.0#X509v3`;
export const PASSWORD_TEXT = `${WSS}-username-token-profile-1.0#PasswordText`;
/** WS-Security 1.1 section 7.3. */
export const THUMBPRINT = 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1';
export const SAML_1_1 = 'urn:oasis:names:tc:SAML:1.0:assertion';

/** WS-Trust of February 2005 and 1.3; `bearer` is the key type of a token that needs no proof of a key. */
export const TRUST: Readonly<Record<TrustVersion, { namespace: string; bearer: string }>> = {
  '2005': {
    namespace: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    bearer: 'http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey',
  },
  '13': {
    namespace: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    bearer: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer',
  },
};
