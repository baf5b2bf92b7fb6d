/** Whose session a pool has opened: it has to be the one of the address that was asked for, whoever's the card or the password was. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { parseAddress } from './address.js';

export interface OwnerQuestion {
  /** The address that was asked for. */
  readonly address: string;
  /** Who the credentials are of, by their own name. */
  readonly user: string;
  readonly byCard: boolean;
}

/**
 * The address of whom `uri` names: the pool may know a user by another one than the card does.
 *
 * @param uri `sip:alice@example.com`, as the pool has it; undefined when it does not tell, and then only the credentials' own name counts
 * @throws LyncauthError SIGN_IN_REFUSED when it is somebody else's, or may be
 */
export function sessionOwner(uri: string | undefined, { address, user, byCard }: OwnerQuestion): string {
  const owner = uri === undefined ? undefined : addressIn(uri);
  if (owner === address || user.toLowerCase() === address) return owner ?? address;
  const proof = byCard ? 'card' : 'password';
  const own = byCard ? `lyncauth sign-in ${user}` : `--user ${address}`;
  if (uri === undefined) {
    throw new LyncauthError(
      'SIGN_IN_REFUSED',
      `the pool does not say whose session the ${proof} of ${user} opens: it may be another than that of ${address}`,
      { hint: `use the ${proof} by its own name: ${own}` },
    );
  }
  const instead = owner === undefined ? '' : `, or: lyncauth sign-in ${owner}`;
  throw new LyncauthError('SIGN_IN_REFUSED', `the ${proof} of ${user} signs in ${owner ?? uri}, not ${address}`, {
    hint: `use the ${proof} of ${address}${instead}`,
  });
}

/** Undefined for what is no address. */
function addressIn(uri: string): string | undefined {
  try {
    return parseAddress(uri).text;
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    return undefined;
  }
}
