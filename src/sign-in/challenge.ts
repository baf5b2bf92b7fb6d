/** What a web service says when it wants a token: the MsRtcOAuth challenge of a 401 (UCWA, "Authentication in UCWA"). It asks nobody. */
import type { IncomingHttpHeaders } from 'node:http';
import { webAddress } from './answer.js';

export interface Challenge {
  /** Where tokens for the resource are issued. Named by a server: the trust rule has not seen it yet. */
  readonly tokenUrl: URL;
  /** The grant types on offer, such as `urn:microsoft.rtc:passive`. */
  readonly grants: readonly string[];
}

const MAX_LENGTH = 8192;
/** One step through a list of challenges (RFC 9110 section 11.6.1): a parameter, or a bare word: a scheme, or more of an unquoted list. */
const STEP = /([^\s,="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([^\s,="]+)/g;
const SCHEMES = /^(?:MsRtcOAuth|Bearer|Basic|Digest|Negotiate|NTLM|Kerberos|TLS-DSK)$/i;

/** The first MsRtcOAuth challenge; undefined without one, or without a usable address in it. Values may be quoted or not. */
export function readChallenge(headers: IncomingHttpHeaders): Challenge | undefined {
  const text = (headers['www-authenticate'] ?? '').slice(0, MAX_LENGTH);
  const parameters = new Map<string, string>();
  let within = false;
  let last = '';
  for (const [, name, quoted, plain, word] of text.matchAll(STEP)) {
    if (name !== undefined) {
      last = name.toLowerCase();
      if (within && !parameters.has(last)) parameters.set(last, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
    } else if (word !== undefined && SCHEMES.test(word)) {
      if (within) break;
      within = word.toLowerCase() === 'msrtcoauth';
    } else if (within && last === 'grant_type') {
      parameters.set(last, `${parameters.get(last)},${word}`);
    }
  }
  const tokenUrl = webAddress(parameters.get('href'));
  const grants = (parameters.get('grant_type') ?? '').split(',').map((grant) => grant.trim());
  return tokenUrl && { tokenUrl, grants: grants.filter((grant) => grant !== '') };
}

/** True when the service asks for a web ticket of the older kind ([MS-OCAUTHWS]): it is a Lync server, but not at an address for tokens. */
export function wantsWebTicket(headers: IncomingHttpHeaders): boolean {
  return typeof headers['x-ms-webticketurl'] === 'string';
}
