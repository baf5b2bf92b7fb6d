/** What is told about an exchange with -v and --trace. Never a credential, a cookie, a body, or what a query may carry of them. */
import type { Log } from '../log.js';

type Headers = Readonly<Record<string, string | readonly string[] | number | undefined>>;

const SECRET_HEADER = /^(?:proxy-)?authorization$|cookie|ticket|token|secret|assertion/i;
/** Of a pool that wants a token: where tickets come from, and of which kinds. No ticket is in them. */
const SHOWN_HEADER = /^x-ms-webticket(?:url|supported)$/i;
/** Parameters whose value one looks for in a log, when it is a number or a short word: a CA's request, the step of a passive sign-in. */
const SHOWN_PARAMETER = /^(?:reqid|renewal|enc|type|wa)=[a-z0-9.-]{0,14}$/i;
const PARAMETER_NAME = /^[\w.:-]{1,40}$/;
/** Query and fragment of an address, to the end of the line: where a query that is written badly ends is anybody's guess. */
const QUERY = /\?([^#]*)|#.*/gs;
const USER_INFORMATION = /(?<=\/\/)[^/?#\s"'<>]*@/g;
/** What follows the name of a logon in several rounds (RFC 4559). */
const ROUND = /\b(NTLM|Negotiate|Kerberos) +[A-Za-z0-9+/=]+/gi;
const HIDDEN = '***';

/** Address and path, and of the query the names of its parameters: their values may be tickets. */
export function loggedUrl(url: URL): string {
  return `${url.origin}${url.pathname}${withoutValues(url.search)}`;
}

/** One line for -v. */
export function logExchange(log: Log | undefined, method: string, url: URL, outcome: string, startedAt: number): void {
  log?.verbose(`${method} ${loggedUrl(url)} ${outcome} ${Math.round(performance.now() - startedAt)} ms`);
}

/** One line for each header for --trace; `>` what was sent, `<` what came. */
export function traceHeaders(log: Log | undefined, direction: '>' | '<', headers: Headers): void {
  if (log === undefined) return;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    log.trace(`${direction} ${name}: ${SECRET_HEADER.test(name) && !SHOWN_HEADER.test(name) ? HIDDEN : shown(String(value))}`);
  }
}

/** A Location, Refresh or Link header holds addresses, and a challenge may hold a round of a logon. */
function shown(value: string): string {
  return withoutValues(value.replace(USER_INFORMATION, `${HIDDEN}@`)).replace(ROUND, `$1 ${HIDDEN}`);
}

function withoutValues(text: string): string {
  return text.replace(QUERY, (_, query?: string) => {
    if (query === undefined) return `#${HIDDEN}`;
    return query === '' ? '?' : `?${query.split('&').map(parameter).join('&')}`;
  });
}

function parameter(text: string): string {
  if (SHOWN_PARAMETER.test(text)) return text;
  const [name = ''] = text.split('=', 1);
  return text.includes('=') && PARAMETER_NAME.test(name) ? `${name}=${HIDDEN}` : HIDDEN;
}
