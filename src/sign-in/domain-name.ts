/** Names of hosts and domains as they are compared: lower case, punycode, without the dot of the root. It resolves nothing. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
const MAX_LENGTH = 253;
/** What ends a host in a URL, as it stands or after mapping (full-width forms): domainToASCII would take what is in front of it for the name. */
const DELIMITER = /[\s/?#@:\\%<>^|[\]]/;

/**
 * `text` in the form in which names are compared; undefined for what is no host name (RFC 1123; IDNA names by UTS #46). IP addresses are, but
 * not with a zone (RFC 4007 section 11), which no URL can name.
 */
export function normalName(text: string): string | undefined {
  const bare = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return bare.includes('%') ? undefined : bare.toLowerCase();
  if (DELIMITER.test(bare.normalize('NFKC'))) return undefined;
  const name = domainToASCII(bare.replace(/\.$/, '')).toLowerCase();
  if (name === '' || name.length > MAX_LENGTH || isIP(name) !== 0) return undefined;
  return name.split('.').every((label) => LABEL.test(label)) ? name : undefined;
}

/** The host of `url` in that form. */
export function hostName(url: URL): string {
  return normalName(url.hostname) ?? url.hostname;
}

/**
 * True when `host` is `domain` or lies in it: compared from the right, label by label, so that `evil-lab.test` is not in `lab.test`.
 * A domain of one label (an intranet name, or a whole top-level domain) and an IP address stand for themselves only; `localhost` is this
 * computer with all that lies in it (RFC 6761).
 */
export function isWithin(host: string, domain: string): boolean {
  if (host === domain) return true;
  const whole = domain.includes('.') || domain === 'localhost';
  return whole && isIP(domain) === 0 && host.endsWith(`.${domain}`);
}
