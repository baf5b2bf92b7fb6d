/** Finds the pool of an address (UCWA, "Root URL"; [MS-OCDISCWS] section 3.1.5). What it finds is an address only: it sends no credential, and
 * nothing here is trusted; see trust-rule.ts. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { HttpClient, HttpResponse } from '../http/client.js';
import { serverName } from '../http/failure.js';
import { isTimeUsedUp } from '../http/time-budget.js';
import type { Log } from '../log.js';
import { discoveryRoot } from './address.js';
import { poolError } from './diagnostics.js';
import { type AccessLocation, DISCOVERY_ACCEPT, DISCOVERY_MAX_BYTES, type DiscoveryDocument, readDiscovery } from './discovery-document.js';
import { type Failure, isNotThere, nothingFound } from './discovery-failure.js';
import { firstOf } from './first-of.js';
import { MAX_REDIRECTS, redirectTarget } from './redirects.js';
import type { Address } from './types.js';

export interface Discovery {
  /** The resource that asks for a token; whether it may have one is for the trust rule to say. */
  readonly userUrl: URL;
  /** Where the pool sees this computer. */
  readonly accessLocation?: AccessLocation | undefined;
  /** The servers that led there, in order: `https://lyncdiscover.example.com`. */
  readonly via: readonly string[];
}

export interface DiscoverOptions {
  readonly http: HttpClient;
  /** A GET over http that can carry no credential; see http/plain.ts. */
  readonly plain: (url: URL, headers: { readonly Accept: string }, signal: AbortSignal) => Promise<HttpResponse>;
  /** Manual configuration: the only server that is asked. */
  readonly server?: URL | undefined;
  readonly log?: Log | undefined;
  /** Where to ask for a domain, in this order; the names that Lync uses unless given. */
  readonly origins?: ((domain: string) => readonly URL[]) | undefined;
}

/**
 * How long https is waited for before http is asked as well, and one name before the next one. From outside of an organisation its internal
 * names often lead to where packets are dropped.
 */
const HEAD_START_MS = 2000;
/** With these the next name is tried; anything else is not the fault of a server. */
const SERVER_FAULTS = [
  'NETWORK',
  'TIMEOUT',
  'TLS_UNTRUSTED',
  'RESPONSE_TOO_LARGE',
  'SERVER_ERROR',
  'REDIRECT_REFUSED',
  'DISCOVERY_FAILED',
] as const;

/** `lyncdiscoverinternal` and `lyncdiscover` of the domain, each over https, then http. */
export function discoveryOrigins(domain: string): URL[] {
  return ['lyncdiscoverinternal', 'lyncdiscover']
    .flatMap((name) => [`https://${name}.${domain}/`, `http://${name}.${domain}/`])
    .map((url) => new URL(url));
}

/**
 * The user resource of the pool that is responsible for `address`: what the first server in the order says that answers in time.
 *
 * @throws LyncauthError DISCOVERY_FAILED when no server gives a usable answer, with what each said in `details.tried`; for a manually
 *   configured server also NETWORK, TIMEOUT, TLS_UNTRUSTED and RESPONSE_TOO_LARGE
 */
export async function discover(address: Address, options: DiscoverOptions): Promise<Discovery> {
  const { server, log, origins = discoveryOrigins } = options;
  const starts = server ? [discoveryRoot(server)] : origins(address.domain);
  const failures = new Map<URL, Failure>();

  async function attempt(start: URL, signal: AbortSignal): Promise<Discovery | undefined> {
    // A name that nobody knows over https is not known over http either.
    if ([...failures.values()].some(({ url, unknownName }) => unknownName && url.hostname === start.hostname)) return undefined;
    try {
      return await follow(start, address, options, signal);
    } catch (error) {
      if (!isLyncauthError(error, ...SERVER_FAULTS) || isTimeUsedUp(error)) throw error;
      log?.verbose(`discovery at ${start.origin}: ${error.message}`);
      failures.set(start, { url: start, error, unknownName: isUnknownName(error) });
      return undefined;
    }
  }

  const names = [...new Set(starts.map(({ hostname }) => hostname))];
  const askName = (name: string) => async (signal: AbortSignal) => {
    const attempts = starts.filter(({ hostname }) => hostname === name).map((start) => (ended: AbortSignal) => attempt(start, ended));
    return await firstOf(attempts, HEAD_START_MS, signal);
  };
  const found = await firstOf(names.map(askName), HEAD_START_MS);
  if (found !== undefined) return found;
  throw nothingFound(
    address,
    starts.flatMap((start) => failures.get(start) ?? []),
    server,
  );
}

/** Asks `start` and where it sends us, until a user resource is named. */
async function follow(start: URL, address: Address, options: DiscoverOptions, signal: AbortSignal): Promise<Discovery> {
  const via: string[] = [];
  const seen = new Set<string>();
  let from: URL | undefined;
  for (let url = start; ; ) {
    seen.add(url.href);
    via.push(url.origin);
    const document = await ask(url, address, options, signal).catch((error: unknown) => {
      throw from === undefined ? error : sentOn(error, from);
    });
    if (document.problem !== undefined) throw new LyncauthError('DISCOVERY_FAILED', `${serverName(url)} ${document.problem}`);
    if (document.userUrl) return { userUrl: document.userUrl, accessLocation: document.accessLocation, via };
    // One of the two is there.
    const next = document.redirectUrl ?? url;
    if (seen.has(next.href)) throw refused(url, 'redirects in a circle');
    if (via.length > MAX_REDIRECTS) throw refused(start, `redirects more than ${MAX_REDIRECTS} times`);
    from = url;
    url = next;
  }
}

async function ask(url: URL, address: Address, { http, plain }: DiscoverOptions, signal: AbortSignal): Promise<DiscoveryDocument> {
  const headers = { Accept: DISCOVERY_ACCEPT };
  const response =
    url.protocol === 'http:'
      ? await plain(url, headers, signal)
      : await http.request({ method: 'GET', url: withAddress(url, address), headers, signal, maxBytes: DISCOVERY_MAX_BYTES });
  const redirectUrl = redirectTarget(response, url);
  if (redirectUrl) return { redirectUrl };
  if (response.status === 200) return await readDiscovery(response, url);
  // A manually configured address may be that of the user resource itself.
  if (response.status === 401 && /\/user$/i.test(url.pathname)) return { userUrl: url };
  if (response.status >= 500) throw await poolError(response, serverName(url));
  return { problem: `answers with status ${response.status}, not as a Lync server does` };
}

/** The root must be told whom it is about ([MS-OCDISCWS] section 3.1.5.2); over http, where all that it answers is a redirect, it is not. */
function withAddress(url: URL, { text }: Address): URL {
  const own = new URL(url);
  if (!/[?&]sipuri=/i.test(own.search)) own.search += `${own.search === '' ? '?' : '&'}sipuri=${encodeURIComponent(text)}`;
  return own;
}

function refused(url: URL, problem: string): LyncauthError {
  return new LyncauthError('REDIRECT_REFUSED', `${serverName(url)} ${problem}`, { hint: 'tell the administrator of the pool' });
}

/** Whose word it was that led to the failure. The name that could not be found, if it is about one, is not that of where we began. */
function sentOn(error: unknown, from: URL): unknown {
  if (!isLyncauthError(error, ...SERVER_FAULTS) || isTimeUsedUp(error)) return error;
  const { code, message, details } = error;
  const hint = isNotThere(error) ? 'ask the administrator of the pool: it sends us there' : error.hint;
  return new LyncauthError(code, `${serverName(from)} sends us on, and ${message}`, { ...(hint && { hint }), details, cause: error });
}

/** The name that was asked, not that of the proxy on the way there. */
function isUnknownName({ cause, details }: LyncauthError): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (details.proxy !== undefined) return false;
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}
