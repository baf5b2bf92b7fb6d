/** Whom a passive sign-in deals with: the pool, its sign-in server, and those that one sends us on to. It decides where a request may go, and sends none. */
import type { TrustRule } from '../types.js';
import { type Hop, isSignInRequest } from './hop.js';
import { foreignRecipient, foreignTarget } from './refusals.js';

/** Where AD FS 2.0 asks for the certificate: on the host and port of everything else. */
const SSL_CLIENT = /^\/adfs\/ls\/auth\/sslclient\//i;
/** https: where AD FS asks devices for their certificates, beside its pages. */
const DEVICE_PORT = '';

export interface Parties {
  /** True where the sign-in server whose turn it is asks for the user's certificate. It is shown nowhere else. */
  takesCertificate(url: URL): boolean;
  /**
   * Goes where a page or a redirect of `from` leads. A sign-in request to another server makes it that one's turn; a form that was filled in
   * for one server is for no other.
   *
   * @throws LyncauthError REDIRECT_REFUSED for a stranger, DOMAIN_UNTRUSTED for a sign-in server that is not of the user's organisation
   */
  follow(hop: Hop, from: URL): Promise<void>;
  /**
   * Goes to who gets a token: the pool, or a sign-in server that itself sent us on.
   *
   * @throws LyncauthError REDIRECT_REFUSED for anybody else
   */
  deliver(action: URL, from: URL): 'pool' | 'sign-in server';
}

/** @param first of the sign-in servers, trusted already; with its port as it asks for no certificate */
export function createParties(pool: URL, first: URL, trust: TrustRule): Parties {
  /** Each has sent us on to the next. */
  const servers: URL[] = [first];
  const current = () => servers.at(-1) ?? first;

  function takesCertificate(url: URL): boolean {
    const server = current();
    if (url.hostname === `certauth.${server.hostname}`) return true;
    if (url.hostname !== server.hostname) return false;
    return SSL_CLIENT.test(url.pathname) || (url.port !== server.port && url.port !== DEVICE_PORT);
  }

  return {
    takesCertificate,
    follow: async ({ url, body, token }, from) => {
      if (token === true && url.origin !== from.origin) throw foreignRecipient(url, from);
      if (url.origin === current().origin || takesCertificate(url)) return;
      if (body !== undefined || !isSignInRequest(url)) throw foreignTarget(url, from);
      await trust.assertTrusted(url, `the sign-in server (AD FS) that ${from.host} sends us to`);
      servers.push(url);
    },
    deliver: (action, from) => {
      if (action.origin === pool.origin) return 'pool';
      const index = servers.slice(0, -1).findLastIndex(({ origin }) => origin === action.origin);
      if (index === -1) throw foreignRecipient(action, from);
      servers.length = index + 1;
      return 'sign-in server';
    },
  };
}
