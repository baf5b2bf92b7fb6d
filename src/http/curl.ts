/** HTTPS with a card's key where the addon is missing: curl opens the card by itself. Nothing secret is in its arguments, environment or files that stay. */
import { X509Certificate } from 'node:crypto';
import type { LyncauthError } from '../errors.js';
import type { ClientIdentity } from '../signer.js';
import { readCardCertificate } from './card-certificate.js';
import { needsTls12 } from './card-tls.js';
import { readAnswer } from './curl/answer.js';
import { type CurlSettings, curlConfig, fitsConfig, keyUri } from './curl/config.js';
import { curlFailure, mayHaveSent } from './curl/failure.js';
import { makePrivateFolder, type PrivateFolder } from './curl/files.js';
import { leavingNothing } from './curl/leave-nothing.js';
import { type CurlProcess, startCurl } from './curl/process.js';
import { curlEnvironment, type Environment, findCurl, unusable } from './curl/program.js';
import type { HttpResponse } from './exchange.js';
import { exchangeFailure, interrupted, serverName, timedOut } from './failure.js';

/** curl ends itself when its time is up, except while a driver holds it. */
const GRACE_MS = 2000;

export interface CurlRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body: Buffer | string | undefined;
  proxy: URL | undefined;
  /** For name, connection, TLS handshake and the card's signature in it, milliseconds: curl does not tell them apart. */
  connectMs: number;
  /** For everything, to the last byte of the answer, milliseconds. */
  timeoutMs: number;
  /** Of the answer's body after decompression. */
  maxBytes: number;
  signal: AbortSignal | undefined;
  env: Environment;
  /** Proven on a connection of its own: `leaf` (DER) is the only certificate that curl takes from the server. `signed` as in ProvenServer. */
  server: { readonly leaf: Uint8Array; readonly signed?: boolean };
  maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Whom to trust when the proxy itself is reached over TLS, PEM; the system's roots unless given. */
  proxyCa?: readonly string[] | undefined;
}

/** Whether curl can open this card by itself: it can name the key and give the PIN. Nothing else reads `external`. */
export function canUseCurl({ external }: ClientIdentity): boolean {
  return external !== undefined;
}

/**
 * Sends `request` through curl and receives the answer, whatever its status. curl logs in to the card with the PIN that our own login proved.
 *
 * @throws LyncauthError as exchange() does, with `details.requestSent`; ADDON_MISSING when there is no curl that can do it, or not for this card;
 *   CARD_FAILED; KEY_MISMATCH, CERTIFICATE_EXPIRED and CLIENT_CERTIFICATE_REFUSED as with the addon.
 */
export async function requestWithCurl(request: CurlRequest, identity: ClientIdentity): Promise<HttpResponse> {
  const { url, signal } = request;
  const progress: Progress = { sent: false };
  try {
    const { external } = identity;
    if (!external) throw unusable('the reader asks for the PIN on its own keys, or the card asks for it at each signature');
    const env = curlEnvironment(request.env, external.modulePath);
    const keyType = await findCurl(env);
    if (signal?.aborted) throw interrupted(url);
    return await leavingNothing(async (later) => {
      const folder = makePrivateFolder();
      later(folder.remove);
      const config = curlConfig({ ...settingsOf(request, identity, folder), keyType, key: keyUri(external) });
      const curl = startCurl(config, env);
      later(curl.kill);
      return await run(curl, progress, request, external);
    });
  } catch (error) {
    throw exchangeFailure(error, { url, requestSent: progress.sent });
  }
}

interface Progress {
  /** The server may have read the request. */
  sent: boolean;
  /** Why we ended curl ourselves. */
  reason?: unknown;
}

/** Writes the files that curl wants: certificates, and a body that its configuration cannot hold. */
function settingsOf(
  request: CurlRequest,
  { certificate, signer }: ClientIdentity,
  folder: PrivateFolder,
): Omit<CurlSettings, 'key' | 'keyType'> {
  const { method, url, headers, proxy, connectMs, timeoutMs, server, proxyCa } = request;
  const bytes = typeof request.body === 'string' ? Buffer.from(request.body, 'utf8') : request.body;
  const body = bytes === undefined || fitsConfig(bytes) ? bytes : { path: folder.write('body', bytes) };
  const maxVersion = needsTls12(signer) ? 'TLSv1.2' : request.maxVersion;
  const files = {
    certificate: folder.write('card.pem', readCardCertificate(certificate, signer.publicKey, new Date()).pem),
    server: folder.write('server.pem', new X509Certificate(server.leaf).toString()),
    folder: folder.path,
    proxyCa: proxyCa === undefined ? undefined : folder.write('proxy-ca.pem', proxyCa.join('\n')),
  };
  return { method, url, headers, body, proxy, connectMs, timeoutMs, maxVersion, files };
}

async function run(
  curl: CurlProcess,
  progress: Progress,
  request: CurlRequest,
  { pin }: NonNullable<ClientIdentity['external']>,
): Promise<HttpResponse> {
  const { url, method, maxBytes, connectMs, timeoutMs, proxy, server } = request;
  const stop = (reason: unknown) => {
    progress.reason ??= reason;
    curl.kill();
  };
  const release = supervise(request, stop);
  try {
    const answer = readAnswer(curl.stdout, method, maxBytes, serverName(url));
    // An answer that only ends too early is explained by curl's exit code.
    answer.catch((error: NodeJS.ErrnoException) => error.code !== 'ECONNRESET' && stop(error));
    const end = await curl.ended;
    progress.sent = mayHaveSent(end);
    if (progress.reason !== undefined) throw progress.reason;
    if (end.code !== 0) throw curlFailure(end, { url, proxy, pin, connectMs, timeoutMs, signedExchange: server.signed });
    return await answer;
  } finally {
    release();
  }
}

/** Watches the clock and the signal. @returns what ends the watch. */
function supervise({ url, timeoutMs, signal }: CurlRequest, stop: (reason: LyncauthError) => void): () => void {
  const onAbort = () => stop(interrupted(url));
  const late = () => stop(timedOut(url, 'did not answer in full', timeoutMs));
  const timer = setTimeout(late, timeoutMs + GRACE_MS);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}
