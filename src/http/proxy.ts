/** The connection pool of the client, direct or through a proxy (HTTPS_PROXY, NO_PROXY), and which proxy that is. One connection at a time to each server. */
import { Agent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { LyncauthError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Logon by NTLM belongs to a connection, so there must be but one. Sessions are not resumed: each connection verifies the server anew. */
export const POOL = { keepAlive: true, maxSockets: 1, maxCachedSessions: 0 } as const;

/** A pool that verifies every server, and every proxy that is itself reached over TLS. */
export function createPool(proxy: URL | undefined, secureContext: SecureContext): Agent {
  if (!proxy) return new Agent(POOL);
  return new HttpsProxyAgent(proxy, { ...POOL, secureContext, rejectUnauthorized: true }) as unknown as Agent;
}

/**
 * The proxy that `env` names for `url`, undefined for none.
 *
 * @throws LyncauthError CONFIG_INVALID when the variable does not hold the URL of an HTTP proxy.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const text = withEnvironment(env, () => getProxyForUrl(url));
  if (text === '') return undefined;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy && /^https?:$/.test(proxy.protocol) && isDecodable(proxy.username + proxy.password)) return proxy;
  throw new LyncauthError('CONFIG_INVALID', 'the proxy in the environment is not an HTTP proxy', {
    hint: `set ${url.protocol === 'http:' ? 'HTTP' : 'HTTPS'}_PROXY to a URL such as http://proxy.example.com:3128, or unset it`,
  });
}

/** Name and password of a proxy are percent-encoded. */
function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/** proxy-from-env looks at the process environment only; it gets to see `env` for the one synchronous call. */
function withEnvironment<T>(env: Environment, call: () => T): T {
  if (env === process.env) return call();
  const before = process.env;
  process.env = { ...env };
  try {
    return call();
  } finally {
    process.env = before;
  }
}

/** Closes connections that nobody uses at the moment: one that the server has given up looks usable until a request is lost on it. */
export function closeIdle(pool: Agent): void {
  for (const sockets of Object.values(pool.freeSockets)) {
    for (const socket of [...(sockets ?? [])]) socket.destroy();
  }
}
