/** The two forms in which a discovery service answers: JSON (UCWA, "Root URL") and XML ([MS-OCDISCWS] section 2.2.4). It follows nothing. */

import { isLyncauthError } from '../errors.js';
import type { HttpResponse } from '../http/client.js';
import { jsonObject, linkTo, webAddress } from './answer.js';
import { isMarkup, isWebPage } from './server-text.js';
import type { XmlElement } from './xml.js';

export type AccessLocation = 'internal' | 'external';

/** What an answer says. `problem` goes on from the name of the server, and excludes the rest. */
export interface DiscoveryDocument {
  /** The resource that asks for a token. */
  userUrl?: URL | undefined;
  /** Where to ask instead. */
  redirectUrl?: URL | undefined;
  accessLocation?: AccessLocation | undefined;
  problem?: string | undefined;
}

/** Such a document has some 2 KiB, and several servers are asked at once: four MiB of JSON that is all brackets would fill 150 MB. */
export const DISCOVERY_MAX_BYTES = 256 * 1024;

/** Both forms, since some reverse proxies and older pools know one of them only. */
export const DISCOVERY_ACCEPT = 'application/json, application/vnd.microsoft.rtc.autodiscover+xml;v=1;q=0.9';

/** Reads the answer of a discovery service at `url`, by what is in it: Content-Type is often lost on the way. */
export async function readDiscovery({ headers, body }: Pick<HttpResponse, 'headers' | 'body'>, url: URL): Promise<DiscoveryDocument> {
  if (isWebPage(body)) return { problem: 'answers with a web page, not as a Lync server does' };
  const json = jsonObject(body);
  const found = json ? { ...linksOfJson(json, url), accessLocation: location(headers['x-ms-namespace']) } : await linksOfXml(body, url);
  if (found.problem !== undefined || found.userUrl || found.redirectUrl) return found;
  return { problem: 'answers, but names no server for the user' };
}

function linksOfJson(json: unknown, url: URL): DiscoveryDocument {
  return { userUrl: linkTo(json, 'user', url), redirectUrl: linkTo(json, 'redirect', url) };
}

async function linksOfXml(body: Buffer, url: URL): Promise<DiscoveryDocument> {
  if (!isMarkup(body)) return { problem: 'answers, but not as a Lync server does' };
  // The parser is a large one, and most pools answer in JSON.
  const { descendants, parseXml } = await import('./xml.js');
  const root = rootOf(() => parseXml(body, 'it').root);
  if (typeof root === 'string') return { problem: root };
  if (root.localName?.toLowerCase() !== 'autodiscoverresponse') return { problem: 'answers in XML, but not as a Lync server does' };
  const links = new Map<string, string | null>();
  for (const link of descendants(root, 'Link')) links.set((attribute(link, 'token') ?? '').toLowerCase(), attribute(link, 'href'));
  const to = (token: string) => webAddress(links.get(token), url);
  return { userUrl: to('oauth') ?? to('user'), redirectUrl: to('redirect'), accessLocation: location(attribute(root, 'AccessLocation')) };
}

/** The root element, or what is wrong with it. */
function rootOf(parse: () => XmlElement): XmlElement | string {
  try {
    return parse();
  } catch (error) {
    if (!isLyncauthError(error, 'SERVER_ERROR')) throw error;
    return error.message.replace(/^it sent/, 'answers with');
  }
}

/** Names in any case: servers differ. */
function attribute(element: XmlElement, name: string): string | null {
  const found = Array.from(element.attributes).find((own) => own.name.toLowerCase() === name.toLowerCase());
  return found?.value ?? null;
}

function location(value: unknown): AccessLocation | undefined {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return text === 'internal' || text === 'external' ? text : undefined;
}
