/** One TCP connection to a server, through the proxy if there is one. Speaks no TLS with the server. */
import { EventEmitter, once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { exchangeFailure, refusedByProxy } from './failure.js';

/** As an https.Agent asks for its sockets: small requests leave at once, and an idle connection is kept up. */
const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 };

export interface Route {
  proxy: URL | undefined;
  /** Whom to trust when the proxy is itself reached over TLS. */
  secureContext: SecureContext;
}

/**
 * Connects to the host and port of `url`. An abort of `signal` ends the socket, later too.
 *
 * @throws LyncauthError NETWORK or TIMEOUT, and TLS_UNTRUSTED for the proxy; `details.requestSent` is false.
 */
export async function openTransport(url: URL, { proxy, secureContext }: Route, signal: AbortSignal): Promise<Socket> {
  const target = { host: hostOf(url), port: Number(url.port || 443) };
  try {
    if (proxy)
      return await openTunnel(url, target, new HttpsProxyAgent(proxy, { ...TCP, secureContext, rejectUnauthorized: true, signal }));
    const socket = connect({ ...TCP, ...target, signal });
    await once(socket, 'connect');
    return withErrorsHeard(socket);
  } catch (error) {
    throw exchangeFailure(error, { url, proxy, requestSent: false });
  }
}

async function openTunnel(url: URL, target: { host: string; port: number }, agent: HttpsProxyAgent<string>): Promise<Socket> {
  // It stands for the request, which the agent only tells what the proxy answered.
  const request = new EventEmitter();
  let status = 0;
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    status = statusCode;
  });
  const socket = withErrorsHeard(await agent.connect(request as ClientRequest, { ...target, secureEndpoint: false }));
  if (status === 200) return socket;
  socket.destroy();
  throw refusedByProxy(agent.proxy, url, status);
}

/** The host name or address without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Whoever uses the socket learns of an error by its end, too; without a listener it would end the process. */
function withErrorsHeard(socket: Socket): Socket {
  return socket.on('error', () => {});
}
