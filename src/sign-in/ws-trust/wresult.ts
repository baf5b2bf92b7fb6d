/** A token in the form in which WS-Federation's `wresult` passes it on (WS-Federation 1.2 section 13.2.2): as if AD FS's sign-in page had posted it. */
import { Secret } from '../../secret.js';
import { ADDRESSING, POLICY, SAML_1_1, TRUST, UTILITY } from './namespaces.js';
import type { SecurityToken } from './response.js';
import { element, verbatim } from './xml-build.js';

/** For a token whose lifetime was not told: AD FS's own default, milliseconds. */
const LIFETIME_MS = 3600_000;

/**
 * The RequestSecurityTokenResponse of February 2005, which is what Windows Identity Foundation reads, round the untouched token.
 *
 * @param realm the relying party that the token is for
 */
export function wrapAsWresult(token: SecurityToken, realm: string, now: Date): Secret {
  const { namespace, bearer } = TRUST['2005'];
  const prefix = prefixBeside(token, namespace);
  const declarations = [...token.inherited].map(([name, uri]) => [name === '' ? 'xmlns' : `xmlns:${name}`, uri] as const);
  const expires = new Date(now.getTime() + LIFETIME_MS).toISOString();
  const response = element(
    `${prefix}:RequestSecurityTokenResponse`,
    { [`xmlns:${prefix}`]: namespace },
    element(
      `${prefix}:Lifetime`,
      {},
      element('wsu:Created', { 'xmlns:wsu': UTILITY }, token.created ?? now.toISOString()),
      element('wsu:Expires', { 'xmlns:wsu': UTILITY }, token.expires ?? expires),
    ),
    element(
      'wsp:AppliesTo',
      { 'xmlns:wsp': POLICY },
      element('wsa:EndpointReference', { 'xmlns:wsa': ADDRESSING }, element('wsa:Address', {}, realm)),
    ),
    element(`${prefix}:RequestedSecurityToken`, Object.fromEntries(declarations), verbatim(token.source.reveal())),
    element(`${prefix}:TokenType`, {}, SAML_1_1),
    element(`${prefix}:RequestType`, {}, `${namespace}/Issue`),
    element(`${prefix}:KeyType`, {}, bearer),
  );
  return new Secret(response.xml);
}

/** `t`, as AD FS writes it, unless the token means something else by it. */
function prefixBeside({ inherited }: SecurityToken, namespace: string): string {
  let prefix = 't';
  while ((inherited.get(prefix) ?? namespace) !== namespace) prefix += 't';
  return prefix;
}
