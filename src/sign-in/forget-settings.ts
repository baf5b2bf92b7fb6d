/** What the user's settings say about who the user is: found and removed. What they say about servers and drivers stays. */
import { basename, dirname } from 'node:path';
import { LyncauthError } from '../errors.js';
import { removeLeftovers } from '../store/leftovers.js';
import { type Removed, removedLeftovers } from '../store/removed.js';
import type { Setting, Settings } from '../store/settings.js';

/** Settings that say who the user is: the account at the CA, and the name in the certificate. */
const IDENTITY = ['user', 'upn'];
/** These bear names that people chose for their own: a word in them may stand in any other setting. */
const PERSONAL = [...IDENTITY, 'name', 'card'];

/**
 * Removes the personal settings, and others in which one of `names` stands. The user's own only: what an administrator wrote for this computer stays.
 *
 * @returns what was removed, each with its value
 * @throws LyncauthError FAILED when something is still there; CONFIG_INVALID
 */
export async function forgetSettings(settings: Settings, names: readonly string[]): Promise<Removed[]> {
  const own = () => settings.list().filter(({ source }) => source === 'user');
  const isPersonal = ({ name }: Setting) => PERSONAL.includes(name);
  const known = [...names, ...own().flatMap(({ name, value }) => (IDENTITY.includes(name) ? [value] : []))];
  const mentioning = own().filter((setting) => !isPersonal(setting) && known.some((name) => mentions(setting.value, name)));
  // These last: they tell which others name the user.
  const personal = [...mentioning, ...own().filter(isPersonal)];
  for (const { name, value } of personal) {
    await settings.unset(name);
    if (own().some((left) => left.name === name)) {
      throw new LyncauthError('FAILED', `the setting ${name} (${value}) is still there after it was removed`, {
        hint: `lyncauth config unset ${name}`,
      });
    }
  }
  return personal.map(({ name, value }) => ({ kind: 'setting', name, detail: value }));
}

/** Settings that a killed run had begun to write. */
export function forgetUnwrittenSettings(file: string): Removed[] {
  return removedLeftovers(removeLeftovers(dirname(file), basename(file)));
}

/** As a whole word: a short name may be a part of anything. */
function mentions(text: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return name !== '' && new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'iu').test(text);
}
