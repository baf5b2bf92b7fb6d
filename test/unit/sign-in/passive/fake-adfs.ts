/** A pool and its AD FS under their real names, and what a sign-in method is given to find its way between them. */
import { onTestFinished } from 'vitest';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../../../src/http/client.js';
import type { Log } from '../../../../src/log.js';
import { parseAddress } from '../../../../src/sign-in/address.js';
import { createTrustRule } from '../../../../src/sign-in/trust-rule.js';
import type { MethodInput } from '../../../../src/sign-in/types.js';
import { certify, type NamedHosts, type NamedHostsOptions, type Site, startNamedHosts } from '../../../support/named-hosts.js';
import { softwareIdentity } from '../../../support/software-identity.js';

export type { Answer, Asked, Site } from '../../../support/named-hosts.js';

const names = certify([
  'pool.lab.test',
  'sts.lab.test',
  'certauth.sts.lab.test',
  'partner.lab.test',
  'certauth.partner.lab.test',
  'sts.evil.test',
  'evil-lab.test',
  'certauth.evil.test',
]);
export const { authority } = names;
export const card = softwareIdentity(authority.issuer);

export interface Network extends Pick<NamedHosts, 'log' | 'asked'> {
  input: MethodInput;
  /** Requests for which the client held the card ready. */
  offered: URL[];
  http: HttpClient;
}

export interface NetworkOptions extends NamedHostsOptions {
  trustDomains?: string[];
  now?: () => Date;
  timeoutMs?: number;
  /** Of the HTTP client. */
  log?: Log;
}

/** `sites` are asked in turn; what none answers is 404. Only inside a test, at the end of which it is closed. */
export async function network(sites: Site[], options: NetworkOptions = {}): Promise<Network> {
  const { trustDomains = [], now = () => new Date(), timeoutMs = 5000, log } = options;
  const hosts = await startNamedHosts(names, sites, options);
  const client = createHttpClient({ caFile: hosts.caFile, env: hosts.env, timeoutMs, log });
  onTestFinished(async () => {
    client.close();
    await hosts.close();
  });
  const offered: URL[] = [];
  const http: HttpClient = {
    request: (request: HttpRequest) => {
      if (request.identity !== undefined) offered.push(request.url);
      return client.request(request);
    },
    close: () => client.close(),
  };
  const address = parseAddress('alice@lab.test');
  const input: MethodInput = {
    http,
    log: undefined,
    address,
    trust: createTrustRule(address, { trustDomains }),
    tokenUrl: new URL('https://pool.lab.test/WebTicket/oauthtoken'),
    grants: ['urn:microsoft.rtc:passive'],
    passiveUrl: new URL('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx'),
    identity: card,
    password: undefined,
    now,
  };
  return { input, log: hosts.log, asked: hosts.asked, offered, http };
}
