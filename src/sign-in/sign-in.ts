/** The sign-in: find the pool, prove the user, open the session, and only then end the one before. Asks nothing itself; `credentials` may. */
import type { Progress } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { StatePaths } from '../store/paths.js';
import { readSession, sessionFile, withSessionLock, writeSession } from '../store/sessions.js';
import { rememberAddress, rememberDiscovery } from '../store/sign-in-memory.js';
import { memoryFile } from '../store/sign-in-memory-file.js';
import { parseAddress } from './address.js';
import type { Challenge } from './challenge.js';
import { endAtServer } from './end.js';
import { type FoundPool, findPool, type PoolSearch, type PoolTools, passivePage } from './find-pool.js';
import { type Credentials, type KnownMethod, type MethodChoice, type ProvedUser, proveUser } from './methods.js';
import { utcMinute } from './report.js';
import type { MethodInput, Session, Token } from './types.js';
import { openApplication } from './ucwa.js';

export interface SignInRequest extends PoolSearch {
  readonly method: MethodChoice;
  readonly credentials: Credentials;
  /** Who the credentials are of, by their own name: the pool may know this user by another address. */
  readonly user: string;
  /** Of the card that proves the user. */
  readonly certificate: Session['certificate'];
}

export interface SignInTools extends PoolTools {
  readonly progress: Progress;
  /** Those there are unless given. */
  readonly methods?: readonly KnownMethod[];
}

/**
 * Signs in. The session that was there stays untouched until the new one holds; then it is ended at its server and replaced in one step.
 *
 * @throws LyncauthError as findPool(), proveUser() and openApplication() do: then nothing has changed, here or at the server
 */
export async function signIn(request: SignInRequest, tools: SignInTools): Promise<Session> {
  const { progress, paths } = tools;
  // Now, not when all is done: a file that cannot be replaced would make the whole sign-in be for nothing.
  readSession(paths);
  const { address, trust } = request;
  const { pool, passiveUrl } = await progress.step(`looking for the servers of ${address.domain}`, async () => {
    const found = await findPool(request, tools);
    return { pool: found, passiveUrl: await pageFor(request, found, tools) };
  });
  const input = { http: tools.http, log: tools.log, address, trust, tokenUrl: pool.tokenUrl, passiveUrl, now: tools.now };
  const proved = await proveUser(request.method, { ...input, progress }, request.credentials, tools.methods);
  const session = await progress.step(`opening the session at ${pool.userUrl.host}`, () => open(request, tools, pool, proved, input));
  await keep(session, tools);
  await remember(request, tools, pool);
  return session;
}

/** A password may do without the page, so a pool that refuses to name it does not end a sign-in that asked for the password. */
async function pageFor({ method, trust }: SignInRequest, pool: FoundPool, tools: SignInTools): Promise<URL | undefined> {
  try {
    return await passivePage(pool, trust, tools);
  } catch (error) {
    if (method !== 'password' || !isLyncauthError(error, 'METHOD_NOT_OFFERED', 'SIGN_IN_REFUSED', 'DOMAIN_UNTRUSTED')) throw error;
    tools.log?.verbose(`no passive sign-in: ${error.message}`);
    return undefined;
  }
}

async function open(
  request: SignInRequest,
  tools: SignInTools,
  pool: FoundPool,
  { method, proof, token, notUsed }: ProvedUser,
  input: Omit<MethodInput, 'identity' | 'password'>,
): Promise<Session> {
  const { trust, certificate } = request;
  /** The user lives at another host, which wants a token of its own: proved the same way. */
  const getToken = async ({ tokenUrl, grants }: Challenge): Promise<Token> => {
    const passiveUrl = await passivePage({ tokenUrl, grants }, trust, tools);
    return await method.signIn({ ...input, ...proof, tokenUrl, passiveUrl });
  };
  const opened = await openApplication(tools.http, pool.userUrl, token, { getToken, trust, now: tools.now });
  const session: Session = {
    address: addressOf(opened.uri) ?? request.address.text,
    displayName: opened.displayName || request.address.text,
    method: method.name,
    notUsed,
    server: opened.application.origin,
    token: opened.token.value,
    since: tools.now(),
    expiresAt: opened.token.expiresAt,
    application: opened.application.href,
    certificate: method.name === 'password' ? undefined : certificate,
  };
  if (session.address === request.address.text || request.user === request.address.text) return session;
  await endAtServer(tools.http, session, tools.now()).catch(() => undefined);
  throw new LyncauthError('SIGN_IN_REFUSED', `the card of ${request.user} signs in ${session.address}, not ${request.address.text}`, {
    hint: `use the card of ${request.address.text}, or: lyncauth sign-in ${session.address}`,
  });
}

/** Of a `sip:` URI; undefined when it is none. */
function addressOf(uri: string | undefined): string | undefined {
  try {
    return uri === undefined ? undefined : parseAddress(uri).text;
  } catch {
    return undefined;
  }
}

/** Puts `session` in the place of the one before. Whatever goes wrong, the server is not left with a session that nobody knows of. */
async function keep(session: Session, tools: SignInTools): Promise<void> {
  const { http, paths, progress, now } = tools;
  try {
    await withSessionLock(paths, async () => {
      const before = readSession(paths);
      if (before !== undefined) await endBefore(before, session, tools);
      progress.note(whatIsStored(session, paths));
      writeSession(paths, session);
    });
  } catch (error) {
    await endAtServer(http, session, now()).catch(() => undefined);
    throw error;
  }
}

/** Said before it is written. */
function whatIsStored({ expiresAt }: Session, paths: StatePaths): string {
  const kept = `address, name and server, and the token, which ends on ${utcMinute(expiresAt)}`;
  return `stored on this computer, readable by you only: ${kept}, in ${sessionFile(paths)}; address and servers, for the next time, in ${memoryFile(paths)}; no PIN, no password, no cookie`;
}

async function endBefore(before: Session, session: Session, { http, progress, now }: SignInTools): Promise<void> {
  if (before.application === session.application) return;
  try {
    await endAtServer(http, before, now());
    progress.note(`the session of ${before.address} at ${before.server} is ended`);
  } catch (error) {
    if (!isLyncauthError(error) || error.code === 'INTERRUPTED') throw error;
    progress.warn(
      `the earlier session of ${before.address} could not be ended at ${before.server}, where it ends by itself: ${error.message}`,
    );
  }
}

/** Makes the next sign-in shorter; this one holds already, so a failure is only told. */
async function remember(
  { address, server, certificate }: SignInRequest,
  { paths, progress, now }: SignInTools,
  pool: FoundPool,
): Promise<void> {
  try {
    await rememberAddress(paths, address.text, { card: certificate !== undefined });
    if (server !== undefined || pool.discovery === undefined) return;
    const { accessLocation, via } = pool.discovery;
    await rememberDiscovery(paths, address.text, { userUrl: pool.userUrl.href, accessLocation, via }, now());
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    progress.warn(`the address is not remembered: ${error.message}`);
  }
}
