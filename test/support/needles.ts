/** Looks for secrets where none may be: in clear and in the forms that they travel in. */
import { type Dirent, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** What is found of `secrets` in `places`, as `secret in place (form)`; empty when nothing leaked. */
export function findSecrets(secrets: readonly string[], places: Readonly<Record<string, string | Buffer>>): string[] {
  return Object.entries(places).flatMap(([place, content]) => {
    const text = latin1(content);
    return secrets.flatMap((secret) =>
      [...forms(secret)].flatMap(([needle, form]) => (text.includes(needle) ? [`${secret} in ${place} (${form})`] : [])),
    );
  });
}

/** The content of every file below `dir`, by path. */
export function filesBelow(dir: string): Record<string, Buffer> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  const path = (entry: Dirent) => join(entry.parentPath, entry.name);
  return Object.fromEntries(entries.filter((entry) => entry.isFile()).map((entry) => [path(entry), readFileSync(path(entry))]));
}

/**
 * What is left of `secrets` anywhere below `home`: in files, in the names of files and folders, and in what links point to; upper and lower case
 * are the same. Empty when nothing is.
 *
 * @param except folders that hold such things rightly, such as a virtual card's
 * @throws when something cannot be read: then nobody knows
 */
export function findTraces(home: string, secrets: readonly string[], { except = [] }: { except?: readonly string[] } = {}): string[] {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !except.some((folder) => `${path}${sep}`.startsWith(`${folder}${sep}`)));
  const places = entries.flatMap(({ entry, path }): [string, string | Buffer][] => [
    [`the name of ${path}`, relative(home, path)],
    ...(entry.isFile() ? [[path, readFileSync(path)] as [string, Buffer]] : []),
    ...(entry.isSymbolicLink() ? [[`the target of ${path}`, readlinkSync(path)] as [string, string]] : []),
  ]);
  const found = findSecrets(secrets, Object.fromEntries(places));
  const lower = places.map(([place, content]): [string, Buffer] => [place, Buffer.from(latin1(content).toLowerCase(), 'latin1')]);
  const inAnyCase = findSecrets(
    secrets.map((secret) => secret.toLowerCase()),
    Object.fromEntries(lower),
  );
  return [...new Set([...found, ...inAnyCase])];
}

function latin1(content: string | Buffer): string {
  return (Buffer.isBuffer(content) ? content : Buffer.from(content)).toString('latin1');
}

/** What to look for, and what it is called; forms that look the same bear the name of the first. */
function forms(secret: string): Map<string, string> {
  const named = Object.entries(formsByName(secret));
  return new Map(named.reverse().map(([name, needle]) => [needle, name]));
}

function formsByName(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret, 'utf8');
  const url = encodeURIComponent(secret);
  return {
    clear: bytes.toString('latin1'),
    'UTF-16': Buffer.from(secret, 'utf16le').toString('latin1'),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    URL: url,
    form: url.replaceAll('%20', '+'),
    JSON: JSON.stringify(secret).slice(1, -1),
    ...Object.fromEntries([0, 1, 2].map((shift) => [`base64 after ${shift} bytes`, base64Core(bytes, shift)])),
    ...Object.fromEntries([0, 1, 2].map((shift) => [`base64url after ${shift} bytes`, forUrl(base64Core(bytes, shift))])),
  };
}

function forUrl(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

/** What base64 makes of `bytes` behind `shift` other bytes, without the characters that depend on the neighbours. */
function base64Core(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const tail = (shift + bytes.length) % 3;
  return text.slice([0, 2, 3][shift], text.length - (tail === 0 ? 0 : tail === 1 ? 3 : 2));
}
