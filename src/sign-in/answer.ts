/** Reading JSON that a pool sent: every shape is checked where it is read, and a link leads to http: or https: only. */
import { LyncauthError } from '../errors.js';
import { serverName } from '../http/failure.js';
import { isWebPage } from './server-text.js';

export type JsonObject = { readonly [name: string]: unknown };

const MAX_URL_LENGTH = 4096;

/** `body` as a JSON object; undefined for anything else. */
export function jsonObject(body: Buffer): JsonObject | undefined {
  try {
    return objectAt(JSON.parse(body.toString('utf8').replace(/^\ufeff/, '')));
  } catch {
    return undefined;
  }
}

/** What stands at `path` in `value`, if every step on the way is an own property of an object, and the end one too; the first of a list. */
export function objectAt(value: unknown, ...path: string[]): JsonObject | undefined {
  const here = Array.isArray(value) ? (value as unknown[])[0] : value;
  if (typeof here !== 'object' || here === null || Array.isArray(here)) return undefined;
  const [name, ...rest] = path;
  if (name === undefined) return here as JsonObject;
  return Object.hasOwn(here, name) ? objectAt((here as JsonObject)[name], ...rest) : undefined;
}

/** The text at `path`. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = objectAt(value, ...path.slice(0, -1));
  const name = path.at(-1) ?? '';
  const text = found && Object.hasOwn(found, name) ? found[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** Where the link `relation` of a resource leads (HAL: `_links.relation.href`), seen from `base`; undefined without one. */
export function linkTo(resource: unknown, relation: string, base: URL): URL | undefined {
  return webAddress(textAt(resource, '_links', relation, 'href'), base);
}

/** `text` as an address on the web, seen from `base`; undefined when it is none, is too long, or has a user name in it. */
export function webAddress(text: string | null | undefined, base?: URL): URL | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '' || trimmed.length > MAX_URL_LENGTH || !URL.canParse(trimmed, base?.href)) return undefined;
  const url = new URL(trimmed, base?.href);
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  url.hash = '';
  return web && url.username === '' && url.password === '' ? url : undefined;
}

/**
 * The JSON object that `what` at `url` had to answer with.
 *
 * @throws LyncauthError SERVER_ERROR
 */
export function expectJson(body: Buffer, url: URL, what: string): JsonObject {
  const json = jsonObject(body);
  if (json) return json;
  const instead = isWebPage(body) ? 'a web page' : body.length === 0 ? 'nothing' : 'something that is not JSON';
  throw unfitAnswer(url, what, `answered with ${instead}`);
}

/** SERVER_ERROR for an answer that is not what the service should say. */
export function unfitAnswer(url: URL, what: string, problem: string): LyncauthError {
  return new LyncauthError('SERVER_ERROR', `${what} at ${serverName(url)} ${problem}`, {
    hint: 'try again; if it stays so, tell the administrator of the pool',
  });
}
