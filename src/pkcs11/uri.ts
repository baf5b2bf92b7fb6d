/** PKCS#11 URIs (RFC 7512): parse, format, match. Must not import native code. */
import { LyncauthError } from '../errors.js';
import type { KeyEntry, TokenInfo } from './types.js';

/** The attributes that identify a token or an object on it. */
export interface Pkcs11Uri {
  token?: string;
  serial?: string;
  manufacturer?: string;
  model?: string;
  /** CKA_LABEL */
  object?: string;
  /** CKA_ID */
  id?: Buffer;
  type?: 'public' | 'private' | 'cert' | 'secret-key' | 'data';
  /** Query attribute: absolute path of the module. */
  modulePath?: string;
}

const SCHEME = 'pkcs11:';
const TEXT = ['token', 'serial', 'manufacturer', 'model', 'object'] as const;
const TYPES = ['public', 'private', 'cert', 'secret-key', 'data'] as const;
// they describe the library, not the card: read and not compared
const IGNORED = ['library-manufacturer', 'library-description', 'library-version'];
/** RFC 7512 section 2.3, pk11-path-res-avail, beside the unreserved characters; without the & at which libp11 ends an attribute. */
const PLAIN = /[A-Za-z0-9\-._~:[\]@!$'()*+,=]/;

/** True for what is meant as a `pkcs11:` URI (RFC 7512), well formed or not. */
export function isUri(text: string): boolean {
  return text.toLowerCase().startsWith(SCHEME);
}

/**
 * Parses a `pkcs11:` URI.
 * @throws USAGE when it is malformed or names a slot; SECRET_ON_COMMAND_LINE when it carries a PIN
 */
export function parseUri(text: string): Pkcs11Uri {
  if (!isUri(text)) throw new LyncauthError('USAGE', 'a PKCS#11 URI starts with "pkcs11:"');
  const [path = '', query = ''] = split(text.slice(SCHEME.length), '?');
  const uri: Pkcs11Uri = {};
  for (const [name, value] of pairs(path, ';')) readPathAttribute(uri, name, value);
  for (const [name, value] of pairs(query, '&')) readQueryAttribute(uri, name, value);
  return uri;
}

/** The URI of a token, or of a key on it. */
export function formatUri(
  token: Pick<TokenInfo, 'label' | 'serial' | 'model' | 'manufacturer'>,
  key?: Pick<KeyEntry, 'id' | 'label'>,
): string {
  const parts: string[] = [];
  const add = (name: string, value: string) => value !== '' && parts.push(`${name}=${value}`);
  add('model', encode(token.model));
  add('manufacturer', encode(token.manufacturer));
  add('serial', encode(token.serial));
  add('token', encode(token.label));
  if (key !== undefined) {
    add('id', percent(key.id));
    add('object', encode(key.label));
    add('type', 'private');
  }
  return SCHEME + parts.join(';');
}

/** True when every attribute of `uri` that concerns tokens fits `token`, and, with `key`, every one that concerns keys fits it. */
export function matchesUri(
  uri: Pkcs11Uri,
  token: Pick<TokenInfo, 'label' | 'serial' | 'model' | 'manufacturer'>,
  key?: Pick<KeyEntry, 'id' | 'label'>,
): boolean {
  const same = (wanted: string | undefined, value: string) => wanted === undefined || wanted === value;
  const tokenFits =
    same(uri.token, token.label) &&
    same(uri.serial, token.serial) &&
    same(uri.manufacturer, token.manufacturer) &&
    same(uri.model, token.model);
  if (!tokenFits || key === undefined) return tokenFits;
  return (
    same(uri.object, key.label) &&
    (uri.id === undefined || uri.id.equals(key.id)) &&
    (uri.type === undefined || uri.type === 'private' || uri.type === 'public')
  );
}

function readPathAttribute(uri: Pkcs11Uri, name: string, value: string): void {
  const text = TEXT.find((known) => known === name);
  if (text !== undefined) {
    if (uri[text] !== undefined) throw malformed(`has ${name} twice`);
    uri[text] = decode(value, name).toString('utf8');
  } else if (name === 'id') {
    if (uri.id !== undefined) throw malformed('has id twice');
    uri.id = decode(value, name);
  } else if (name === 'type') {
    const type = TYPES.find((known) => known === value);
    if (type === undefined) throw malformed('has an unknown type');
    uri.type = type;
  } else if (name.startsWith('slot-')) {
    throw malformed(`names a slot (${name}), which changes: use serial or token`);
  } else if (!IGNORED.includes(name)) {
    throw malformed(`has the unknown attribute "${name}"`);
  }
}

function readQueryAttribute(uri: Pkcs11Uri, name: string, value: string): void {
  if (name === 'pin-value' || name === 'pin-source') {
    throw new LyncauthError('SECRET_ON_COMMAND_LINE', `a PKCS#11 URI must not carry a PIN (${name})`, {
      hint: 'give the PIN with --pin-file',
    });
  }
  if (name === 'module-path') uri.modulePath = decode(value, name).toString('utf8');
}

function pairs(text: string, separator: string): [string, string][] {
  return text
    .split(separator)
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', value] = split(part, '=');
      if (value === undefined) throw malformed('has an attribute without a value');
      return [name, value];
    });
}

function split(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(value: string, name: string): Buffer {
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) throw malformed(`has a bad percent-encoding in ${name}`);
  const parts = value.split(/(%[0-9A-Fa-f]{2})/);
  return Buffer.concat(parts.map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8'))));
}

function encode(text: string): string {
  return [...text].map((character) => (PLAIN.test(character) ? character : percent(Buffer.from(character, 'utf8')))).join('');
}

function percent(bytes: Buffer): string {
  return [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function malformed(why: string): LyncauthError {
  return new LyncauthError('USAGE', `the PKCS#11 URI ${why}`, { hint: 'a URI like pkcs11:serial=0123456789abcdef' });
}
