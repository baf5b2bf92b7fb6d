/** Reads the WWW-Authenticate headers of an answer (RFC 9110 section 11.6.1): what a server offers, and the round of a logon that it sends. */

const MAX_HEADER = 65_536;

/** The schemes that are offered, in the server's order. @param header - Node joins several such headers with commas */
export function offeredSchemes(header: string | undefined): string[] {
  const text = (header ?? '').slice(0, MAX_HEADER);
  const names = [...text.matchAll(/(?:^|,)\s*([A-Za-z][A-Za-z0-9-]{0,31})(?=\s*(?:,|$)|\s+[^=\s])/g)];
  return [...new Set(names.map(([, name = '']) => name))];
}

/** Whether `scheme` is offered; names of schemes have no case. */
export function isOffered(header: string | undefined, scheme: string): boolean {
  return offeredSchemes(header).some((name) => name.toLowerCase() === scheme.toLowerCase());
}

/** What the server says under `scheme` (token68), decoded; undefined when it only names the scheme. */
export function challengeOf(header: string | undefined, scheme: string): Buffer | undefined {
  const text = (header ?? '').slice(0, MAX_HEADER);
  for (const [, name = '', token = ''] of text.matchAll(/(?:^|,)\s*([A-Za-z][A-Za-z0-9-]{0,31}) +([A-Za-z0-9+/]+={0,2})\s*(?=,|$)/g)) {
    if (name.toLowerCase() === scheme.toLowerCase()) return Buffer.from(token, 'base64');
  }
  return undefined;
}
