/** The request for a security token (WS-Trust, RequestSecurityToken) in a SOAP 1.2 envelope. It knows no key: for a signature see signed-request.ts. */
import { randomUUID } from 'node:crypto';
import type { Secret } from '../../secret.js';
import type { Endpoint } from './mex.js';
import { ADDRESSING, PASSWORD_TEXT, POLICY, SAML_1_1, SECURITY, SOAP, TRUST, UTILITY } from './namespaces.js';
import { element, type Markup } from './xml-build.js';

/** How long a request is good for, milliseconds: what WCF servers tolerate. */
const LIFETIME_MS = 5 * 60_000;
const ANONYMOUS = `${ADDRESSING}/anonymous`;

export interface TokenRequest {
  endpoint: Omit<Endpoint, 'service'>;
  /** Whom the token is for: the identifier of the relying party, WS-Federation's `wtrealm`. */
  realm: string;
  now: Date;
}

/** Ids of the two parts of a message that a signature covers. */
export const TIMESTAMP_ID = '_0';
export const TO_ID = '_1';

/**
 * A message with an identifier of its own. `withCredentials` may be called again: all but the credentials stays the same.
 *
 * @returns the envelope; without credentials it has no security header, as TLS alone proves who asks.
 */
export function newMessage(request: TokenRequest): { withCredentials(...credentials: readonly Markup[]): string } {
  const { endpoint, now } = request;
  const must = { 's:mustUnderstand': '1' };
  const addressing = [
    element('a:Action', must, `${TRUST[endpoint.version].namespace}/RST/Issue`),
    element('a:MessageID', {}, `urn:uuid:${randomUUID()}`),
    element('a:ReplyTo', {}, element('a:Address', {}, ANONYMOUS)),
    element('a:To', { ...must, 'u:Id': TO_ID }, endpoint.url.href),
  ];
  const timestamp = element(
    'u:Timestamp',
    { 'u:Id': TIMESTAMP_ID },
    element('u:Created', {}, now.toISOString()),
    element('u:Expires', {}, new Date(now.getTime() + LIFETIME_MS).toISOString()),
  );
  const body = element('s:Body', {}, tokenRequest(request));
  return {
    withCredentials: (...credentials) => {
      const security = credentials.length > 0 ? [element('o:Security', { ...must, 'xmlns:o': SECURITY }, timestamp, ...credentials)] : [];
      const header = element('s:Header', {}, ...addressing, ...security);
      return element('s:Envelope', { 'xmlns:s': SOAP, 'xmlns:a': ADDRESSING, 'xmlns:u': UTILITY }, header, body).xml;
    },
  };
}

/** A bearer token, SAML 1.1: what WS-Federation passes on. */
function tokenRequest({ endpoint, realm }: TokenRequest): Markup {
  const { namespace, bearer } = TRUST[endpoint.version];
  return element(
    't:RequestSecurityToken',
    { 'xmlns:t': namespace },
    element('p:AppliesTo', { 'xmlns:p': POLICY }, element('a:EndpointReference', {}, element('a:Address', {}, realm))),
    element('t:KeyType', {}, bearer),
    element('t:RequestType', {}, `${namespace}/Issue`),
    element('t:TokenType', {}, SAML_1_1),
  );
}

/** User name and password (WSS Username Token Profile 1.0). The answer holds the password: it goes into a request and nowhere else. */
export function usernameToken(user: string, password: Secret): Markup {
  return element(
    'o:UsernameToken',
    { 'u:Id': `uuid-${randomUUID()}` },
    element('o:Username', {}, user),
    element('o:Password', { Type: PASSWORD_TEXT }, password.reveal()),
  );
}
