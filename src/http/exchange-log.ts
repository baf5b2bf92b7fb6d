/** What is told about an exchange with -v and --trace. Never a credential, a cookie or a body. */
import type { Log } from '../log.js';

type Headers = Readonly<Record<string, string | string[] | number | undefined>>;

const SECRET_HEADER = /^(?:proxy-)?authorization$|cookie|ticket|token|secret/i;
/** Long or unusual values of a query may be a ticket; numbers and short words are what one looks for in a log. */
const PLAIN_VALUE = /^[A-Za-z0-9-]{0,12}$/;

/** Address, path and query, with every value of the query hidden that may be more than a number or a word. */
export function loggedUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${PLAIN_VALUE.test(value) ? value : '***'}`);
  return `${url.origin}${url.pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/** One line for -v. */
export function logExchange(log: Log | undefined, method: string, url: URL, outcome: string, startedAt: number): void {
  log?.verbose(`${method} ${loggedUrl(url)} ${outcome} ${Math.round(performance.now() - startedAt)} ms`);
}

/** One line for each header for --trace; `>` what was sent, `<` what came. */
export function traceHeaders(log: Log | undefined, direction: '>' | '<', headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    log?.trace(`${direction} ${name}: ${SECRET_HEADER.test(name) ? '***' : value}`);
  }
}
