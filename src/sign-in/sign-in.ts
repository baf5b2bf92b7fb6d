/** The sign-in: find the pool, prove the user, open the session, store it, and only then end the one before. Asks nothing itself; `credentials` may. */
import type { Progress } from '../context.js';
import { isLyncauthError } from '../errors.js';
import { readSession } from '../store/sessions.js';
import { readMemory, rememberAddress, rememberDiscovery } from '../store/sign-in-memory.js';
import { memoryFile } from '../store/sign-in-memory-file.js';
import type { Challenge } from './challenge.js';
import { endAtServer } from './end.js';
import { type FoundPool, findPool, type PoolSearch, type PoolTools, passivePage } from './find-pool.js';
import { sideOf } from './method-failures.js';
import { type Credentials, type KnownMethod, type MethodChoice, type ProvedUser, proveUser } from './methods.js';
import { replaceSession } from './replace-session.js';
import { sessionOwner } from './session-owner.js';
import { inLimitedTime } from './time-limit.js';
import type { MethodInput, Proof, Session, Token } from './types.js';
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
  /** For all exchanges until the session is open, milliseconds; five minutes unless given. */
  readonly togetherMs?: number | undefined;
  /** Those there are unless given. */
  readonly methods?: readonly KnownMethod[];
}

/**
 * Signs in. The session that was there stays untouched until the new one holds and is stored in its place, in one step; then it is ended at its server.
 *
 * @throws LyncauthError as findPool(), proveUser() and openApplication() do, and TIMEOUT when the servers together take too long: then nothing
 *   has changed, here or at the server
 */
export async function signIn(request: SignInRequest, tools: SignInTools): Promise<Session> {
  const { progress, paths } = tools;
  // Now, not when all is done: a file that cannot be replaced would make the whole sign-in be for nothing.
  readSession(paths);
  const { address, trust } = request;
  // What ends a session again is not held up by the limit.
  const limited = inLimitedTime(tools, tools.togetherMs);
  const { pool, passiveUrl } = await progress.step(`looking for the servers of ${address.domain}`, async () => {
    const found = await findPool(request, limited);
    return { pool: found, passiveUrl: await pageFor(request, found, limited) };
  });
  const { tokenUrl, grants, accessLocation } = pool;
  if (accessLocation !== undefined) tools.log?.verbose(`the pool sees this computer ${sideOf(accessLocation)} the organisation`);
  const input = { http: limited.http, log: tools.log, address, trust, tokenUrl, grants, passiveUrl, now: tools.now };
  const proved = await proveUser(request.method, { ...input, accessLocation, progress }, request.credentials, tools.methods);
  const session = await progress.step(`opening the session at ${pool.userUrl.host}`, () => open(request, tools, pool, proved, input));
  await replaceSession(session, tools);
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
  input: Omit<MethodInput, keyof Proof>,
): Promise<Session> {
  const { trust, certificate } = request;
  /** The user lives at another host, which wants a token of its own: proved the same way. */
  const getToken = async ({ tokenUrl, grants }: Challenge): Promise<Token> => {
    const passiveUrl = await passivePage({ tokenUrl, grants }, trust, { ...tools, http: input.http });
    const signIn = await method.prepare({ ...input, ...proof, tokenUrl, grants, passiveUrl });
    return await signIn(proof);
  };
  const opened = await openApplication(input.http, pool.userUrl, token, { getToken, trust, now: tools.now });
  const session: Session = {
    address: request.address.text,
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
  const byCard = method.name !== 'password';
  try {
    return { ...session, address: sessionOwner(opened.uri, { address: session.address, user: request.user, byCard }) };
  } catch (error) {
    await endAtServer(tools.http, session, tools.now()).catch(() => undefined);
    throw error;
  }
}

/** Makes the next sign-in shorter; this one holds already, so a failure is only told. */
async function remember(
  { address, server, certificate }: SignInRequest,
  { paths, progress, now }: SignInTools,
  pool: FoundPool,
): Promise<void> {
  // The server that was named this time need not be the one that is found the next time.
  const discovery = server === undefined ? pool.discovery : undefined;
  try {
    if (readMemory(paths).lastAddress === undefined) {
      const what = server === undefined ? 'the address and its servers' : 'the address';
      progress.note(`will be stored in ${memoryFile(paths)}, for the next time: ${what}; no PIN, no password, no cookie`);
    }
    await rememberAddress(paths, address.text, { card: certificate !== undefined });
    if (discovery === undefined) return;
    const { accessLocation, via } = discovery;
    await rememberDiscovery(paths, address.text, { userUrl: pool.userUrl.href, accessLocation, via }, now());
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    progress.warn(`the address is not remembered: ${error.message}`);
  }
}
