/** What status and sign-out make of an answer that is not the pool's: they do not know, and say so. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ErrorCode, LyncauthError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { reportSignOut } from '../../../src/sign-in/report-end.js';
import { signOut } from '../../../src/sign-in/sign-out.js';
import { status } from '../../../src/sign-in/status.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { readSession, type StoredSession, writeSession } from '../../../src/store/sessions.js';
import { failure } from '../../support/failure.js';
import { createPoolServers, type PoolServers, type ScriptedAnswer, type ScriptedServer } from '../../support/pool-server.js';

const APPLICATION = '/ucwa/oauth/v1/applications/101';
let dir: string;
let paths: StatePaths;
let servers: PoolServers;
let pool: ScriptedServer;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-life-'));
  paths = statePaths({ HOME: dir });
  servers = createPoolServers();
  pool = await servers.https();
  const since = new Date();
  writeSession(paths, {
    ...{ address: 'alice@lab.test', displayName: 'Alice Example', method: 'passive', notUsed: [], server: pool.url, since },
    token: new Secret('cwt=of-a-session-that-lives'),
    expiresAt: new Date(since.getTime() + 3600_000),
    application: `${pool.url}${APPLICATION}`,
    certificate: undefined,
  });
});
afterEach(async () => {
  await servers.close();
  rmSync(dir, { recursive: true });
});

function everythingIs(answer: ScriptedAnswer): void {
  for (const method of ['GET', 'DELETE']) pool.on(`${method} ${APPLICATION}`, answer);
}
const now = () => new Date();
const ask = () => status({ http: async () => servers.http, paths, now });
const progress = { step: <T>(_label: string, work: () => Promise<T>) => work(), warn: () => {} };
const end = (http = async () => servers.http) => signOut({ http, paths, progress, now });

describe.each<[string, ScriptedAnswer]>([
  ['a proxy that forbids', { status: 403, body: '<html>Forbidden</html>' }],
  ['a proxy that wants a logon', { status: 401, headers: { 'WWW-Authenticate': 'Negotiate' }, body: '<html>Logon</html>' }],
  ['a web server that knows no such page', { status: 404, body: '<html>Not Found</html>' }],
  ['a portal that shows its own page', { body: '<html>Welcome</html>' }],
])('%s', (_, answer) => {
  test('says nothing of the session, so status fails and leaves it', async () => {
    everythingIs(answer);
    expect(await failure(ask())).toMatchObject({ code: 'SERVER_ERROR', exitCode: 9 });
    expect(readSession(paths)).toBeDefined();
  });

  test('does not confirm the end of the session, so sign-out does only the local part, and says so', async () => {
    everythingIs(answer);
    const ended = await end();
    expect(ended).toMatchObject({ removed: 'session', ended: undefined, failure: { code: 'SERVER_ERROR' } });
    expect(readSession(paths)).toBeUndefined();
    expect(reportSignOut(ended)).toMatchObject({
      result: { signedOut: true, ended: null },
      text: ['alice@lab.test is signed out on this computer'],
      failure: { exitCode: 9, message: expect.stringContaining(`the session at ${pool.url} could not be ended: `) },
    });
  });
});

test('a pool that does not take the token any more says so, and nothing is left to end', async () => {
  everythingIs({
    status: 401,
    headers: { 'WWW-Authenticate': `MsRtcOAuth href="${pool.url}/WebTicket/oauthtoken",grant_type="password"` },
  });
  expect(await ask()).toMatchObject({ exitCode: 4, result: { signedIn: false } });
  expect(await end()).toMatchObject({ ended: 'expired', failure: undefined });
});

test.each<ErrorCode>(['FILE_UNREADABLE', 'CONFIG_INVALID'])(
  'with a mistake here (%s) nothing is sent, and the session is kept',
  async (code) => {
    const mistaken = async () => {
      throw new LyncauthError(code, 'this is wrong', { hint: 'mend it' });
    };
    expect(await failure(end(mistaken))).toMatchObject({ code, message: 'this is wrong; the session is kept', hint: 'mend it' });
    expect(readSession(paths)).toBeDefined();
    expect(pool.seen).toEqual([]);
  },
);

test('while the server is asked no lock is held: who signs in meanwhile is not kept waiting, and stays signed in', async () => {
  const before = readSession(paths) as StoredSession;
  const next = { ...before, token: new Secret('cwt=of-the-next-session') };
  let locks: string[] | undefined;
  pool.on(`DELETE ${APPLICATION}`, () => {
    locks = existsSync(paths.lockDir) ? readdirSync(paths.lockDir) : [];
    writeSession(paths, next);
    return { status: 404 };
  });
  expect(await end()).toMatchObject({ session: before, removed: 'session', ended: 'gone' });
  expect(locks).toEqual([]);
  expect(readSession(paths)).toEqual(next);
});
