/** The settings there are, and what each may hold. Reads and writes nothing. */
import { isAbsolute } from 'node:path';

export interface SettingKey {
  readonly name: string;
  /** One line for `config list` and the documentation. */
  readonly description: string;
  /** The environment variable that overrides it. */
  readonly variable: string;
  /** True, or what is wrong with the value: `must begin with https://`. */
  readonly check: (value: string) => true | string;
}

export const settingKeys: readonly SettingKey[] = [
  key(
    'ca',
    'address of the certification authority, such as https://ca.example.com/certsrv',
    httpsAddress('https://ca.example.com/certsrv'),
  ),
  key('ca-file', 'file with the root certificates to trust besides those of the system', absolutePath),
  key('user', 'domain account, such as EXAMPLE\\alice', plainText),
  key(
    'auth',
    'how to log on to the certification authority: auto, which never uses Basic, basic, negotiate or ntlm',
    oneOf('auto', 'basic', 'negotiate', 'ntlm'),
  ),
  key('upn', 'user principal name, such as alice@example.com', userPrincipalName),
  key('template', 'certificate template, such as SmartcardUser', plainText),
  key('module', 'PKCS#11 driver library', absolutePath),
  key('driver', 'driver to look for, such as opensc', word),
  key('card', 'card to use: its label, serial number or pkcs11: address', plainText),
  key('key-type', 'type of a new key', oneOf('rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384')),
  key('hash', 'hash that signs a request', oneOf('sha256', 'sha384', 'sha512', 'sha1')),
  key('name', 'name that key and certificate get on the card', plainText),
  key(
    'server',
    'Lync or Skype for Business server to use without discovery, such as https://pool.example.com',
    httpsAddress('https://pool.example.com'),
  ),
  key('trust-domain', 'domains whose servers may be signed in to besides those of the address, such as example.net,example.org', domains),
];

/** The key called `name`; undefined when there is none. */
export function findSettingKey(name: string): SettingKey | undefined {
  return settingKeys.find((candidate) => candidate.name === name);
}

/** The name that `text` was probably meant to be; undefined when nothing comes near. */
export function nearestSettingName(text: string): string | undefined {
  const lower = text.toLowerCase();
  const ranked = settingKeys.map(({ name }) => ({ name, distance: editDistance(lower, name) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.name.length / 2)) ? best.name : undefined;
}

function key(name: string, description: string, check: SettingKey['check']): SettingKey {
  return { name, description, variable: `LYNCAUTH_${name.toUpperCase().replaceAll('-', '_')}`, check };
}

function httpsAddress(example: string): SettingKey['check'] {
  return (value) => {
    if (!URL.canParse(value)) return `must be an address such as ${example}`;
    const url = new URL(value);
    if (url.protocol !== 'https:') return 'must begin with https://';
    return url.username === '' && url.password === '' ? true : 'must not hold a user name or password';
  };
}

/** Names between commas, with spaces around them or not. */
function domains(value: string): true | string {
  const labels = value.split(',').flatMap((name) => name.trim().split('.'));
  const areNames = labels.every((label) => label.length <= 63 && /^[\p{L}\p{N}]+(?:-+[\p{L}\p{N}]+)*$/u.test(label));
  return areNames ? plainText(value) : 'must be domains with commas between them, such as example.net,example.org';
}

/** What a relative path means would depend on where the program is started. */
function absolutePath(value: string): true | string {
  return isAbsolute(value) ? plainText(value) : 'must be a whole path';
}

function userPrincipalName(value: string): true | string {
  return /^[^@\s]+@[^@\s]+$/.test(value) ? plainText(value) : 'must look like alice@example.com';
}

function word(value: string): true | string {
  return /^[a-z0-9-]{1,40}$/.test(value) ? true : 'must be one word of small letters, digits and -';
}

function oneOf(...values: string[]): SettingKey['check'] {
  return (value) => (values.includes(value) ? true : `must be one of ${values.join(', ')}`);
}

function plainText(value: string): true | string {
  if (value.trim() === '') return 'must not be empty';
  if (value.length > 1024) return 'must not be longer than 1024 characters';
  return /\p{Cc}/u.test(value) ? 'must not hold control characters' : true;
}

/** Levenshtein's distance: insertions, removals and exchanges of one character. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, character] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (character === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
