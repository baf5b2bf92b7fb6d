/** How a plain http request leaves: straight to the server, or through a proxy that gets the whole of it. Reads no answer. */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { serverName } from './failure.js';
import { hostOf } from './transport.js';
import { trustedRoots } from './trust.js';

interface PlainRequest {
  url: URL;
  proxy: URL | undefined;
  headers: Record<string, string>;
  /** Names the roots that vouch for a proxy that is itself reached over TLS, besides `caFile`. */
  env: Readonly<Record<string, string | undefined>>;
  caFile?: string | undefined;
}

/** A proxy is given the whole address (RFC 9112 section 3.2.2), a server what follows its name; neither sees a fragment. */
export function startRequest({ url, proxy, headers, env, caFile }: PlainRequest): ClientRequest {
  const target = proxy ?? url;
  const path = `${proxy ? url.origin : ''}${url.pathname}${url.search}`;
  const options: RequestOptions = {
    method: 'GET',
    host: hostOf(target),
    path,
    headers: proxy ? { ...headers, ...proxyAuthorization(proxy) } : headers,
  };
  if (target.protocol !== 'https:') return httpRequest({ ...options, port: target.port || 80, agent: new HttpAgent() });
  const servername = isIP(hostOf(target)) ? '' : hostOf(target);
  const tls = { ca: trustedRoots(caFile, env), rejectUnauthorized: true, servername };
  return httpsRequest({ ...options, port: target.port || 443, agent: new HttpsAgent({ maxCachedSessions: 0 }), ...tls });
}

/** For the proxy, from its own address in the environment (RFC 7617). */
function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {};
  const text = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${new Secret(Buffer.from(text, 'utf8').toString('base64')).reveal()}` };
}

/** The proxy answered with status 407. */
export function proxyWantsLogon(proxy: URL): LyncauthError {
  return new LyncauthError('NETWORK', `the proxy ${serverName(proxy)} wants a name and a password`, {
    hint: 'give them to it: HTTP_PROXY=http://user:password@host:port',
  });
}
