/** Looks for secrets where none may be: in clear and in the forms that they travel in. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is found of `secrets` in `places`, as `secret in place (form)`; empty when nothing leaked. */
export function findSecrets(secrets: readonly string[], places: Readonly<Record<string, string | Buffer>>): string[] {
  return Object.entries(places).flatMap(([place, content]) => {
    const text = Buffer.isBuffer(content) ? content.toString('latin1') : Buffer.from(content).toString('latin1');
    return secrets.flatMap((secret) =>
      Object.entries(forms(secret)).flatMap(([form, needle]) => (text.includes(needle) ? [`${secret} in ${place} (${form})`] : [])),
    );
  });
}

/** The content of every file below `dir`, by path. */
export function filesBelow(dir: string): Record<string, Buffer> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  const path = (entry: Dirent) => join(entry.parentPath, entry.name);
  return Object.fromEntries(entries.filter((entry) => entry.isFile()).map((entry) => [path(entry), readFileSync(path(entry))]));
}

function forms(secret: string): Record<string, string> {
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
  };
}

/** What base64 makes of `bytes` behind `shift` other bytes, without the characters that depend on the neighbours. */
function base64Core(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const tail = (shift + bytes.length) % 3;
  return text.slice([0, 2, 3][shift], text.length - (tail === 0 ? 0 : tail === 1 ? 3 : 2));
}
