/** Whom a token may be for. With a browser AD FS itself sends it to nobody else; here we hand it over, so a pool must not get one for another service. */
import { isLyncauthError, LyncauthError } from '../../errors.js';
import { hostName } from '../domain-name.js';
import { serverText } from '../server-text.js';
import type { MethodInput } from '../types.js';

/**
 * Looks at the relying party that the pool named (WS-Federation 1.2 section 13.2.2, `wtrealm`): an address on a host of this sign-in, or on one
 * that may see it, since a pool may have one name inside of the network and another one outside.
 *
 * @throws LyncauthError METHOD_NOT_OFFERED for anything else
 */
export async function assertAudience({ trust, tokenUrl, passiveUrl = tokenUrl }: MethodInput, realm: string): Promise<void> {
  const { host } = passiveUrl;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new LyncauthError('METHOD_NOT_OFFERED', `${host} asks for a token for ${serverText(realm)}, which is no address of a pool`, {
      hint: 'sign in with --method passive, where AD FS decides who gets a token; and tell the administrator of the pool',
    });
  }
  if ([tokenUrl, passiveUrl].some((own) => hostName(own) === hostName(url))) return;
  try {
    await trust.assertTrusted(new URL(`https://${url.host}`), 'the service that the token is for');
  } catch (error) {
    if (!isLyncauthError(error, 'DOMAIN_UNTRUSTED')) throw error;
    const { message, hint, details } = error;
    throw new LyncauthError('METHOD_NOT_OFFERED', `${host} asks for a token for another host: ${message}`, {
      ...(hint !== undefined && { hint }),
      details,
      cause: error,
    });
  }
}
