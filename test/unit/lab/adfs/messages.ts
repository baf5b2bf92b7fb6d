/** WS-Trust messages as a stranger would write them: text and node:crypto, with the canonical form of what is signed written out by hand. */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const X509 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';
const BASE64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#';

export const VERSIONS = {
  '2005': {
    trust: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    bearer: 'http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey',
  },
  '13': {
    trust: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    bearer: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer',
  },
} as const;

export interface MessageOptions {
  version: '2005' | '13';
  /** The endpoint. */
  to: string;
  audience: string;
  action?: string;
  bearer?: string;
  /** Further header elements. */
  header?: string;
}

/** The envelope round a Security header. */
function envelope(options: MessageOptions, security: string, to: string): string {
  const { trust, bearer } = VERSIONS[options.version];
  return `<s:Envelope xmlns:s="${SOAP}" xmlns:a="${WSA}" xmlns:u="${WSU}"><s:Header><a:Action s:mustUnderstand="1">${options.action ?? `${trust}/RST/Issue`}</a:Action><a:MessageID>urn:uuid:1</a:MessageID><a:ReplyTo><a:Address>${WSA}/anonymous</a:Address></a:ReplyTo>${to}${security}${options.header ?? ''}</s:Header><s:Body><t:RequestSecurityToken xmlns:t="${trust}"><wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><a:EndpointReference><a:Address>${options.audience}</a:Address></a:EndpointReference></wsp:AppliesTo><t:KeyType>${options.bearer ?? bearer}</t:KeyType><t:RequestType>${trust}/Issue</t:RequestType><t:TokenType>urn:oasis:names:tc:SAML:1.0:assertion</t:TokenType></t:RequestSecurityToken></s:Body></s:Envelope>`;
}

/** A message without any security of its own. */
export function plainMessage(options: MessageOptions): string {
  return envelope(options, '', `<a:To s:mustUnderstand="1">${options.to}</a:To>`);
}

export function passwordMessage(options: MessageOptions & { user: string; password: string; at?: Date }): string {
  const { created, expires } = times(options.at);
  const security = `<o:Security s:mustUnderstand="1" xmlns:o="${WSSE}"><u:Timestamp u:Id="_0"><u:Created>${created}</u:Created><u:Expires>${expires}</u:Expires></u:Timestamp><o:UsernameToken u:Id="uuid-1"><o:Username>${options.user}</o:Username><o:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">${options.password}</o:Password></o:UsernameToken></o:Security>`;
  return envelope(options, security, `<a:To s:mustUnderstand="1">${options.to}</a:To>`);
}

export interface SignedOptions extends MessageOptions {
  key: KeyObject;
  certificate: Buffer;
  hash?: 'sha1' | 'sha256';
  reference?: 'direct' | 'thumbprint';
  at?: Date;
  /** Leaves one of the two out of what is signed. */
  unsigned?: '_0' | '_1';
  /** Changes the text after it was signed. */
  tamper?: (message: string) => string;
}

export function signedMessage(options: SignedOptions): string {
  const { hash = 'sha1', certificate } = options;
  const { created, expires } = times(options.at);
  const stamps = `<u:Created>${created}</u:Created><u:Expires>${expires}</u:Expires>`;
  // Exclusive canonical forms: namespaces in use, by prefix, then attributes by namespace ("http://docs…" before "http://www…").
  const canonical = [
    ['_0', `<u:Timestamp xmlns:u="${WSU}" u:Id="_0">${stamps}</u:Timestamp>`],
    ['_1', `<a:To xmlns:a="${WSA}" xmlns:s="${SOAP}" xmlns:u="${WSU}" u:Id="_1" s:mustUnderstand="1">${options.to}</a:To>`],
  ].filter(([id]) => id !== options.unsigned);
  const method = hash === 'sha1' ? `${DS}rsa-sha1` : 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
  const digestMethod = hash === 'sha1' ? `${DS}sha1` : 'http://www.w3.org/2001/04/xmlenc#sha256';
  const references = canonical.map(
    ([id = '', octets = '']) =>
      `<Reference URI="#${id}"><Transforms><Transform Algorithm="${EXC}"></Transform></Transforms><DigestMethod Algorithm="${digestMethod}"></DigestMethod><DigestValue>${createHash(hash).update(octets).digest('base64')}</DigestValue></Reference>`,
  );
  const info = `<CanonicalizationMethod Algorithm="${EXC}"></CanonicalizationMethod><SignatureMethod Algorithm="${method}"></SignatureMethod>${references.join('')}`;
  const value = sign(hash, Buffer.from(`<SignedInfo xmlns="${DS}">${info}</SignedInfo>`), options.key).toString('base64');
  const thumbprint = createHash('sha1').update(certificate).digest('base64');
  const target =
    options.reference === 'thumbprint'
      ? `<o:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1" EncodingType="${BASE64}">${thumbprint}</o:KeyIdentifier>`
      : `<o:Reference URI="#X509-1" ValueType="${X509}"/>`;
  const security = `<o:Security s:mustUnderstand="1" xmlns:o="${WSSE}">
    <u:Timestamp u:Id="_0">${stamps}</u:Timestamp>
    <o:BinarySecurityToken u:Id="X509-1" ValueType="${X509}" EncodingType="${BASE64}">${certificate.toString('base64')}</o:BinarySecurityToken>
    <Signature xmlns="${DS}"><SignedInfo>${info.replaceAll('></Transform>', '/>')}</SignedInfo><SignatureValue>${value}</SignatureValue><KeyInfo><o:SecurityTokenReference>${target}</o:SecurityTokenReference></KeyInfo></Signature>
  </o:Security>`;
  const message = envelope(options, security, `<a:To s:mustUnderstand="1" u:Id="_1">${options.to}</a:To>`);
  return options.tamper?.(message) ?? message;
}

function times(at = new Date()): { created: string; expires: string } {
  return { created: at.toISOString(), expires: new Date(at.getTime() + 5 * 60 * 1000).toISOString() };
}

/** A software RSA key, for a card's. */
export function newRsaKey(): KeyObject {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}
