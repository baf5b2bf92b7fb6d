/** Which servers may see credentials of an address. It must never take a server's word for it: neither a redirect nor a link carries trust. */
import { LyncauthError } from '../errors.js';
import { hostName, isWithin, normalName } from './domain-name.js';
import { serverText } from './server-text.js';
import type { Address, TrustRule } from './types.js';

export interface TrustOptions {
  /** Of `--trust-domain`; a domain stands for all hosts in it. */
  trustDomains: readonly string[];
  /** Of earlier answers: these hosts, and no others, since no more was asked. */
  trustHosts?: readonly string[];
  /** The pool that `--server` names: that host, and no other. */
  server?: URL | undefined;
  /** Asks a person whether `host` belongs to the organisation, and remembers the answer by itself. Without it nobody is asked. */
  confirm?: ((host: string, what: string) => Promise<boolean>) | undefined;
}

/**
 * The rule for one address: https, and a host in the address's domain, in a domain that a person named, or confirmed by one.
 * What a person answers holds for as long as the rule lives.
 *
 * @throws LyncauthError USAGE for a trust domain that is no domain name
 */
export function createTrustRule(address: Address, { trustDomains, trustHosts = [], server, confirm }: TrustOptions): TrustRule {
  const domains = [address.domain, ...trustDomains.map(trustDomain)];
  const named = server && hostName(server);
  const answers = new Map<string, Promise<boolean>>();

  function vouchedFor(host: string): boolean {
    return host === named || trustHosts.includes(host) || domains.some((domain) => isWithin(host, domain));
  }

  async function ask(host: string, what: string): Promise<boolean> {
    const answer = answers.get(host) ?? confirm?.(host, what) ?? Promise.resolve(false);
    answers.set(host, answer);
    return await answer;
  }

  return {
    assertTrusted: async (url, what) => {
      if (url.protocol !== 'https:') throw unencrypted(url, what);
      if (url.username !== '' || url.password !== '') throw withUser(url, what);
      const host = hostName(url);
      if (vouchedFor(host) || (await ask(host, what))) return;
      throw new LyncauthError('DOMAIN_UNTRUSTED', `${what} is at ${host}, which is outside of ${address.domain}`, {
        hint: `only if your administrator confirms that ${host} belongs to your organisation: --trust-domain ${host}`,
        details: { host },
      });
    },
  };
}

/** `*.example.com` and `.example.com` mean the same as `example.com`. */
function trustDomain(text: string): string {
  const name = normalName(text.trim().replace(/^\*?\./, ''));
  if (name === undefined) {
    throw new LyncauthError('USAGE', `"${serverText(text) ?? ''}" is not a domain that can be trusted`, {
      hint: 'give a domain name without scheme, port or path, such as --trust-domain example.net',
    });
  }
  return name;
}

function unencrypted(url: URL, what: string): LyncauthError {
  return new LyncauthError('DOMAIN_UNTRUSTED', `${what} is at ${url.protocol}//${url.host}, which is not https`, {
    hint: 'tell the administrator of the pool: nothing that belongs to a sign-in is sent unencrypted',
    details: { host: hostName(url) },
  });
}

function withUser(url: URL, what: string): LyncauthError {
  return new LyncauthError('DOMAIN_UNTRUSTED', `the address of ${what} at ${url.host} has a user name in it`, {
    hint: 'tell the administrator of the pool',
    details: { host: hostName(url) },
  });
}
