/** What went wrong in an exchange, in plain words that name the server. Knows Node's and OpenSSL's error codes, decides nothing. */
import { LyncauthError } from '../errors.js';

export interface FailedExchange {
  url: URL;
  /** The proxy, when it is what could not be talked to. */
  proxy?: URL | undefined;
  /** Whether bytes of the request may have reached the server. */
  requestSent: boolean;
}

const CA_FILE_HINT = "give the root certificate of the server's CA with --ca-file FILE";
const ASK_WHAT_IT_TAKES = 'ask who runs the server which cipher suites and client certificates it takes';
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  EHOSTUNREACH: 'cannot be reached from this network',
  ENETUNREACH: 'cannot be reached from this network',
  EACCES: 'cannot be reached: this computer does not allow the connection',
};
const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'CERT_REVOKED',
  'CERT_REJECTED',
  'CERT_CHAIN_TOO_LONG',
  'PATH_LENGTH_EXCEEDED',
]);

interface NodeError extends Error {
  code?: string;
  errors?: unknown[];
  cert?: { subjectaltname?: string; subject?: { CN?: string }; valid_from?: string; valid_to?: string };
}

/**
 * The LyncauthError for `error`; one that is already typed gets `details.requestSent` added. `details.proxy` tells that it is about the proxy.
 *
 * @throws `error` itself when it tells of a mistake in this program: it is about no network
 */
export function exchangeFailure(error: unknown, { url, proxy, requestSent }: FailedExchange): LyncauthError {
  if (isMistake(error)) throw error;
  if (error instanceof LyncauthError) {
    const { code, message, hint, details, cause } = error;
    return new LyncauthError(code, message, { ...(hint !== undefined && { hint }), details: { ...details, requestSent }, cause });
  }
  const cause = error instanceof Error ? (error as NodeError) : new Error(String(error));
  const { type, message, hint } = explain(codeOf(cause), cause, {
    host: (proxy ?? url).hostname,
    server: proxy ? `the proxy ${serverName(proxy)}` : serverName(url),
    isProxy: proxy !== undefined,
    requestSent,
  });
  return new LyncauthError(type, message, { hint, details: { requestSent, ...(proxy && { proxy: serverName(proxy) }) }, cause });
}

/** What the language throws; Node's own errors of these classes have a code. */
function isMistake(error: unknown): boolean {
  const classes = [ReferenceError, TypeError, RangeError, SyntaxError];
  return classes.some((each) => error instanceof each) && (error as NodeError).code === undefined;
}

interface Peer {
  host: string;
  /** As a message names it. */
  server: string;
  isProxy: boolean;
  requestSent: boolean;
}

interface Explanation {
  type: 'NETWORK' | 'TIMEOUT' | 'TLS_UNTRUSTED';
  message: string;
  hint: string;
}

function explain(code: string, error: NodeError, { host, server, isProxy, requestSent }: Peer): Explanation {
  const network = (message: string, hint: string): Explanation => ({ type: 'NETWORK', message, hint });
  const untrusted = (message: string, hint: string): Explanation => ({ type: 'TLS_UNTRUSTED', message, hint });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    if (isProxy) return network(`the name of ${server} cannot be found`, 'check HTTPS_PROXY, HTTP_PROXY and NO_PROXY');
    return network(`the name ${host} cannot be found`, 'check the name, and that this computer is on the right network or VPN');
  }
  if (UNREACHABLE[code]) return network(`${server} ${UNREACHABLE[code]}`, 'check the name and port, and that the server is running');
  if (code === 'ETIMEDOUT') return { type: 'TIMEOUT', message: `${server} does not answer`, hint: 'check the name, network and firewall' };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return untrusted(`the certificate of ${server} is for ${namesOf(error)}, not for ${host}`, 'use the name that the certificate is for');
  }
  if (code === 'CERT_HAS_EXPIRED')
    return untrusted(`the certificate of ${server}, or of its CA, has expired`, "check this computer's clock");
  if (code === 'CERT_NOT_YET_VALID') return untrusted(`the certificate of ${server} is not valid yet`, "check this computer's clock");
  if (UNTRUSTED.has(code)) return untrusted(`the certificate of ${server} is not trusted (${code})`, CA_FILE_HINT);
  if (code.startsWith('HPE_')) return network(`${server} does not answer in HTTP`, 'check the name and port');
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('ERR_BROTLI')) {
    return network(`the compressed answer of ${server} is broken`, 'try again');
  }
  if (/^(EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)) {
    // OpenSSL's reason is in the code or, with EPROTO, in the message.
    const reason = `${code} ${error.message}`.replace(/[^a-z]+/gi, ' ');
    if (/alert protocol version|unsupported protocol/i.test(reason)) {
      return network(
        `${server} takes no version of TLS that was offered (${code})`,
        'ask who runs the server to allow TLS 1.2 and TLS 1.3',
      );
    }
    if (/alert handshake failure|alert insufficient security/i.test(reason)) {
      return network(`${server} and this computer do not agree on how to secure a connection (${code})`, ASK_WHAT_IT_TAKES);
    }
    return network(`no secure connection to ${server} can be made (${code})`, 'check that this address and port speak HTTPS');
  }
  const when = requestSent ? 'before its answer was complete' : 'before the request was sent';
  return network(`the connection to ${server} was cut ${when} (${code || error.message})`, 'check the network, then try again');
}

/** Node tries several addresses of a name and then throws one error that holds the others. */
function codeOf(error: NodeError): string {
  const first = error.errors?.[0] as NodeError | undefined;
  return error.code ?? first?.code ?? '';
}

function namesOf({ cert }: NodeError): string {
  const names = cert?.subjectaltname?.replace(/(?:DNS|IP Address):/g, '') || cert?.subject?.CN || 'another name';
  return names.length > 200 ? `${names.slice(0, 200)}…` : names;
}

/** Host and port as a person writes them. */
export function serverName(url: URL): string {
  return url.port === '' ? url.hostname : `${url.hostname}:${url.port}`;
}

/** The signal aborted. */
export function interrupted(url: URL): LyncauthError {
  return new LyncauthError('INTERRUPTED', `interrupted while talking to ${serverName(url)}`);
}

/** `ms` milliseconds were not enough. */
export function timedOut(url: URL, what: string, ms: number): LyncauthError {
  return new LyncauthError('TIMEOUT', `${serverName(url)} ${what} within ${ms / 1000} seconds`, {
    hint: 'check the network, or allow more time with --timeout SECONDS',
  });
}

/** The proxy answered CONNECT with `status`. */
export function refusedByProxy(proxy: URL, url: URL, status: number): LyncauthError {
  const hint =
    status === 407 ? 'the proxy wants a name and a password: HTTPS_PROXY=http://user:password@host:port' : 'check HTTPS_PROXY and NO_PROXY';
  return new LyncauthError('NETWORK', `the proxy ${serverName(proxy)} refused to connect to ${serverName(url)} (status ${status})`, {
    hint,
  });
}
