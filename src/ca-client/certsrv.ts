/** Active Directory Certificate Services through its enrollment pages (certsrv). Talks to one CA as one account; decides nothing about trust. */
import type { HttpClient } from '../http/client.js';
import type { Logon } from '../http/request-rules.js';
import { certsrvBase } from './base-url.js';
import { fetchChain, retrieveCertificate } from './download.js';
import { readTemplates } from './pages.js';
import { openSite } from './site.js';
import { submitRequest } from './submission.js';
import type { CaClient } from './types.js';

/** Long enough for a CA that asks other servers before it decides. */
const POST_MS = 180_000;

export interface CertsrvOptions {
  /** Address of the pages: `https://ca.example.com/certsrv`, or only the host. */
  url: string;
  http: HttpClient;
  auth: Logon;
  /** For each exchange, milliseconds; 180 s for posting a request and the HTTP client's limit for the rest, unless given. */
  timeoutMs?: number | undefined;
}

/** @throws LyncauthError USAGE when the URL is not one that credentials may be sent to. */
export function createCertsrvClient({ url, http, auth, timeoutMs }: CertsrvOptions): CaClient {
  const base = certsrvBase(url);
  const site = openSite({ base, http, auth, timeoutMs, postTimeoutMs: timeoutMs ?? POST_MS });
  let chain: Promise<Buffer[]> | undefined;
  return {
    url: base.href,
    checkLogon: async () => {
      await site.get('');
    },
    templates: async () => readTemplates((await site.get('certrqxt.asp')).body.toString('utf8')),
    // The same for every card of a run; a failure is not kept.
    chain: () => {
      chain ??= fetchChain(site).catch((error: unknown) => {
        chain = undefined;
        throw error;
      });
      return chain;
    },
    submit: (request, attributes) => submitRequest(site, request, attributes),
    retrieve: (requestId) => retrieveCertificate(site, requestId),
  };
}
