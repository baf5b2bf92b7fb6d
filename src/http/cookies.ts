/** The cookies of one sign-in (RFC 6265), in memory only. They leave over https alone, and nothing here is ever shown or written to a file. */
import { Cookie, getPublicSuffix, MemoryCookieStore, CookieJar as ToughJar } from 'tough-cookie';
import { Secret } from '../secret.js';

/** What a server may make us keep: browsers allow as much (RFC 6265 section 6.1). */
const MAX_COOKIE_BYTES = 4096;
const MAX_COOKIES_OF_DOMAIN = 50;
const MAX_COOKIES = 300;
/** What no header may hold (RFC 9110 section 5.5), and so no cookie. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** Random enough to be hidden wherever it turns up; to hide `1` or `en` everywhere would make logs unreadable. */
const LOOKS_LIKE_TICKET = /^[A-Za-z0-9+/=_%.~-]{20,}$/;

export interface CookieJar {
  /** The value of the Cookie header for a request to `url`; undefined when no cookie belongs there. Never log it. */
  header(url: URL): string | undefined;
  /**
   * Takes over the Set-Cookie headers of an answer from `url`. Cookies that break the rules are left out: of another domain or a public
   * suffix, longer than 4096 bytes, with control characters, or sent without TLS. Of more than 50 of a domain the oldest go.
   */
  store(url: URL, setCookie: readonly string[] | undefined): void;
}

/** An empty jar. Ports do not matter to it (RFC 6265 section 8.5), scripts and sites neither: every request is one that a form or a redirect made. */
export function createCookieJar(): CookieJar {
  const cookies = new MemoryCookieStore();
  const jar = new ToughJar(cookies, { looseMode: false, prefixSecurity: 'silent', allowSecureOnLocal: false });
  return {
    header: (url) => (mayHold(url) ? jar.getCookieStringSync(url) || undefined : undefined),
    store: (url, setCookie = []) => {
      if (!mayHold(url)) return;
      for (const line of setCookie) {
        const cookie = parse(line, url);
        if (cookie !== undefined) jar.setCookieSync(cookie, url, { ignoreError: true });
      }
      // Only what is kept: every secret costs each line of a log some time, and a server can send thousands.
      for (const { value } of evict(cookies)) if (LOOKS_LIKE_TICKET.test(value)) new Secret(value);
    },
  };
}

/** The library throws for a host that is called as a whole domain for special use (RFC 6761); there can be none. */
function mayHold({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && !/^(?:test|local|example|invalid)$/.test(hostname);
}

function parse(line: string, url: URL): Cookie | undefined {
  const cookie = Cookie.parse(line);
  if (cookie === undefined || CONTROL.test(line) || isTooLong(cookie)) return undefined;
  // A host that is itself a public suffix, such as https://sts/, may name itself: for itself alone (RFC 6265 section 5.3, step 5).
  if (cookie.domain === url.hostname && !getPublicSuffix(url.hostname, { ignoreError: true })) cookie.domain = null;
  return cookie;
}

function isTooLong({ key, value, domain, path }: Cookie): boolean {
  return [key + value, domain ?? '', path ?? ''].some((text) => Buffer.byteLength(text, 'latin1') > MAX_COOKIE_BYTES);
}

/** Makes room: what has expired goes first, then what is oldest, of a domain that has too many before others. @returns what stays */
function evict(cookies: MemoryCookieStore): Cookie[] {
  const now = Date.now();
  const kept: Cookie[] = [];
  const ofDomain = new Map<string, number>();
  for (const cookie of allOf(cookies).reverse()) {
    const domain = cookie.domain ?? '';
    const count = ofDomain.get(domain) ?? 0;
    const expired = (cookie.expiryTime() ?? Number.POSITIVE_INFINITY) <= now;
    if (expired || count >= MAX_COOKIES_OF_DOMAIN || kept.length >= MAX_COOKIES) {
      cookies.removeCookie(domain, cookie.path ?? '', cookie.key, () => {});
    } else {
      kept.push(cookie);
      ofDomain.set(domain, count + 1);
    }
  }
  return kept;
}

/** In the order in which they were first set. */
function allOf(cookies: MemoryCookieStore): Cookie[] {
  let all: Cookie[] = [];
  // The store works in memory and answers before it returns.
  cookies.getAllCookies((_, found) => {
    all = found ?? [];
  });
  return all;
}
