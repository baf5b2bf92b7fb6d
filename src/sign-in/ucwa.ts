/** The UCWA application of a session (UCWA, "Create an application"): opened, asked whether it lives, ended. It publishes no presence. */
import { randomUUID } from 'node:crypto';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { HttpClient, HttpResponse } from '../http/client.js';
import { serverName } from '../http/failure.js';
import { expectJson, type JsonObject, jsonObject, linkTo, textAt, unfitAnswer, webAddress } from './answer.js';
import { poolError } from './diagnostics.js';
import { createUserServers, findApplications, refusal, type TokenSource } from './home-server.js';
import { isWebPage, serverText } from './server-text.js';
import type { Token } from './types.js';
import { authorized, type Bearer } from './ucwa-request.js';

export interface OpenedApplication {
  /** Address of the application, for DELETE. */
  readonly application: URL;
  /** As the directory has it; empty when the pool does not tell. */
  readonly displayName: string;
  /** Whose session it is: `sip:alice@example.com`; undefined when the pool does not tell. */
  readonly uri: string | undefined;
  /** The token of the server that holds the application: not the given one when the user's home is another server. */
  readonly token: Token;
}

/** What a pool calls an application that it has no more (UCWA, "Generic synchronous errors"). */
const GONE = new Set(['ApplicationNotFound', 'InactiveApplicationExpired', 'ResourceNotFound', 'NotFound', 'Gone']);

/**
 * Finds the user's home server and opens an application there: the proof that the user is enabled.
 *
 * @param userUrl the resource whose challenge `token` was issued for
 * @throws LyncauthError DOMAIN_UNTRUSTED; NOT_ENABLED, TOKEN_EXPIRED and what else poolError makes of a refusal; SERVER_ERROR for an answer
 *   that is none; REDIRECT_REFUSED; what the HTTP client and getToken throw
 */
export async function openApplication(http: HttpClient, userUrl: URL, token: Token, source: TokenSource): Promise<OpenedApplication> {
  const servers = createUserServers(http, userUrl, token, source);
  const applications = await findApplications(servers, userUrl, source.now);
  const body = JSON.stringify({ UserAgent: 'lyncauth', EndpointId: randomUUID(), Culture: 'en-US' });
  const response = await servers.request('POST', applications, body);
  if (response.status !== 201 && response.status !== 200) throw await refusal(response, applications, source.now());
  const used = servers.tokenOf(applications);
  try {
    if (!used) throw unfitAnswer(applications, 'the application service', 'opened an application without a token');
    const json = expectJson(response.body, applications, 'the application service');
    return { application: applicationAt(json, applications), ...personOf(json), token: used };
  } catch (error) {
    throw isLyncauthError(error) && response.status === 201 ? await endUnread(http, response, applications, used, error) : error;
  }
}

/** The server has made an application that nobody here can use: its head tells where, when its body does not. */
async function endUnread(
  http: HttpClient,
  { headers }: HttpResponse,
  applications: URL,
  token: Token | undefined,
  failure: LyncauthError,
): Promise<LyncauthError> {
  const { code, message, hint, details } = failure;
  const location = webAddress(headers.location, applications);
  try {
    if (token !== undefined && location?.origin === applications.origin) {
      await closeApplication(http, location, token);
      return failure;
    }
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
  }
  const left = 'the application that it opened is left there until it has been idle for some minutes';
  return new LyncauthError(code, `${message}; ${left}`, { hint, details, cause: failure });
}

/**
 * Asks the server whether an application still lives: an idle one is dropped after minutes, and its token outlives it.
 *
 * @param token of the application's own server
 * @throws LyncauthError TOKEN_EXPIRED when the server does not accept the token; SERVER_ERROR when something else answers in its place; what
 *   else poolError and the HTTP client throw
 */
export async function applicationAlive(http: HttpClient, url: URL, token: Bearer): Promise<boolean> {
  const response = await http.request({ method: 'GET', url, ...authorized(token) });
  if (isGone(response)) return false;
  if (response.status !== 200) throw await poolError(response, `the pool at ${serverName(url)}`, { proof: 'token' });
  expectJson(response.body, url, 'the application service');
  return true;
}

/**
 * Ends an application, which signs the user out of it.
 *
 * @param token of the application's own server
 * @returns `gone` when the server had dropped it already
 * @throws LyncauthError as applicationAlive does
 */
export async function closeApplication(http: HttpClient, url: URL, token: Bearer): Promise<'closed' | 'gone'> {
  const response = await http.request({ method: 'DELETE', url, ...authorized(token) });
  if ([200, 202, 204].includes(response.status) && !isWebPage(response.body)) return 'closed';
  if (isGone(response)) return 'gone';
  throw await poolError(response, `the pool at ${serverName(url)}`, { proof: 'token' });
}

/** An application lives on the server that made it: its address must not lead the token elsewhere. */
function applicationAt(json: JsonObject, applications: URL): URL {
  const application = linkTo(json, 'self', applications);
  if (!application) throw unfitAnswer(applications, 'the application service', 'does not say where the new application is');
  if (application.origin === applications.origin) return application;
  throw unfitAnswer(applications, 'the application service', `says that the new application is at another server, ${application.host}`);
}

function personOf(json: JsonObject): { displayName: string; uri: string | undefined } {
  const uri = serverText(textAt(json, '_embedded', 'me', 'uri'));
  return { displayName: serverText(textAt(json, '_embedded', 'me', 'name')) ?? '', uri };
}

/** The pool itself says so. Pages are of what stands before it, and 410 CannotRedirect does not speak of the application. */
function isGone({ status, body }: HttpResponse): boolean {
  if (status !== 404 && status !== 410) return false;
  const json = jsonObject(body);
  return body.length === 0 || GONE.has(textAt(json, 'subcode') ?? textAt(json, 'code') ?? '');
}
