/** The order of effects: what is at the pool and on this computer after a sign-in went well, or wrong at some step. */
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import type { KnownMethod } from '../../../src/sign-in/methods.js';
import { type SignInRequest, signIn } from '../../../src/sign-in/sign-in.js';
import { signOut } from '../../../src/sign-in/sign-out.js';
import { createTrustRule } from '../../../src/sign-in/trust-rule.js';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { readSession, removeSession, type StoredSession, sessionFile } from '../../../src/store/sessions.js';
import { readMemory } from '../../../src/store/sign-in-memory.js';
import { memoryFile } from '../../../src/store/sign-in-memory-file.js';
import { failure } from '../../support/failure.js';
import { createPoolServers, type PoolServers, type ScriptedServer } from '../../support/pool-server.js';
import { tempDir } from '../../support/temp-dir.js';

const ROOT = '/autodiscover/autodiscoverservice.svc/root';
const USER = `${ROOT}/oauth/user`;
const address = parseAddress('alice@lab.test');
let servers: PoolServers;
let pool: ScriptedServer;
let paths: StatePaths;
let dir: string;
let notes: string[];
let steps: string[];
/** With -v. */
let told: string[];
/** Addresses of applications at the pool, and which of them live. */
let applications: Map<string, boolean>;

beforeEach(async () => {
  dir = tempDir('sign-in');
  paths = statePaths({ HOME: dir });
  servers = createPoolServers();
  pool = await servers.https();
  notes = [];
  steps = [];
  told = [];
  applications = new Map();
  const challenge = { 'WWW-Authenticate': `MsRtcOAuth href="${pool.url}/WebTicket/oauthtoken",grant_type="password"` };
  pool.on(`GET ${ROOT}`, { body: { _links: { user: { href: `${pool.url}${USER}` } } } });
  pool.on(`GET ${USER}`, ({ headers }) =>
    headers.authorization === undefined
      ? { status: 401, headers: challenge }
      : { body: { _links: { applications: { href: '/ucwa/applications' } } } },
  );
  openFor('sip:alice@lab.test');
});
afterEach(() => servers.close());

/** The pool opens applications, as the user `uri`, or without a word of whose they are. */
function openFor(uri: string | undefined): void {
  pool.on('POST /ucwa/applications', () => {
    const path = `/ucwa/applications/${applications.size + 1}`;
    applications.set(path, true);
    pool.on(`GET ${path}`, () =>
      applications.get(path) === true ? { body: {} } : { status: 404, body: { code: 'NotFound', subcode: 'ApplicationNotFound' } },
    );
    pool.on(`DELETE ${path}`, () => {
      applications.set(path, false);
      return { status: 204 };
    });
    return { status: 201, body: { _links: { self: { href: path } }, _embedded: { me: { name: 'Alice Example', uri } } } };
  });
}

let tokens = 0;

const method: KnownMethod = {
  name: 'passive',
  byCard: true,
  doing: 'proving',
  load: async () => ({
    name: 'passive',
    unavailable: () => undefined,
    prepare: async () => async () => {
      tokens += 1;
      return { value: new Secret(`cwt=token-${tokens}-of-the-flow`), expiresAt: new Date(Date.now() + 3600_000) };
    },
  }),
};

const certificate = { sha256: 'ab'.repeat(32), notAfter: new Date('2030-01-01T00:00:00Z') };

async function start(change: Partial<SignInRequest> = {}) {
  const request: SignInRequest = {
    address,
    server: new URL(ROOT, pool.url),
    method: 'auto',
    trust: createTrustRule(address, { trustDomains: ['localhost'] }),
    credentials: { preview: noProof, unlock: async () => noProof },
    user: address.text,
    certificate,
    ...change,
  };
  return await signIn(request, { ...tools(), methods: [method] });
}

const noProof = { identity: undefined, password: undefined };

function tools() {
  const progress = {
    step: <T>(label: string, work: () => Promise<T>) => {
      steps.push(label);
      return work();
    },
    note: (text: string) => void notes.push(text),
    warn: (text: string) => void notes.push(`warning: ${text}`),
    blocking: <T>(call: () => T) => call(),
  };
  return {
    http: servers.http,
    plain: servers.plain,
    log: { verbose: (text: string) => void told.push(text), trace: () => {} },
    paths,
    progress,
    now: () => new Date(),
  };
}

test('a session is stored once the pool has opened it, after saying where', async () => {
  const session = await start();
  expect(readSession(paths)).toEqual(session);
  expect(session).toMatchObject({ address: 'alice@lab.test', displayName: 'Alice Example', server: pool.url, certificate });
  expect(notes).toEqual([
    expect.stringMatching(`^will be stored in ${sessionFile(paths)}, readable by you only: .*token`),
    `will be stored in ${memoryFile(paths)}, for the next time: the address; no PIN, no password, no cookie`,
  ]);
  expect(readMemory(paths)).toMatchObject({ lastAddress: 'alice@lab.test', cardUsed: true });
  expect([...applications.values()]).toEqual([true]);
});

test('the session before is ended only when the new one is open', async () => {
  await start();
  notes = [];
  await start();
  expect(notes).toEqual(['the earlier session of alice@lab.test is ended']);
  const order = pool.seen.filter(({ path }) => path.startsWith('/ucwa')).map(({ method: verb, path }) => `${verb} ${path}`);
  expect(order).toEqual(['POST /ucwa/applications', 'POST /ucwa/applications', 'DELETE /ucwa/applications/1', 'GET /ucwa/applications/1']);
  expect(readSession(paths)?.application).toBe(`${pool.url}/ucwa/applications/2`);
  expect([...applications.values()]).toEqual([false, true]);
});

test('the new session is stored before the one before is ended: who is interrupted there has it', async () => {
  await start();
  let whileEnding: StoredSession | undefined;
  let locks: string[] = [];
  pool.on('DELETE /ucwa/applications/1', () => {
    whileEnding = readSession(paths);
    locks = readdirSync(paths.lockDir);
    return { status: 404 };
  });
  const second = await start();
  const replaced = [{ address: 'alice@lab.test', server: pool.url, application: `${pool.url}/ucwa/applications/1` }];
  expect(whileEnding).toMatchObject({ application: second.application, replaced });
  // Another run that signs in or out is not kept waiting by a slow server.
  expect(locks).toEqual([]);
  expect(readSession(paths)).toEqual(second);
  expect(steps.at(-1)).toBe(`ending the earlier session at ${new URL(pool.url).host}`);
});

test('one that cannot be stored is ended again, and the one before stays as it was', async () => {
  const first = await start();
  // Neither root nor its owner can put a file in the place of what a folder of that name keeps.
  const leftover = join(dirname(sessionFile(paths)), '.session.json.1.0123456789ab.tmp');
  mkdirSync(join(leftover, 'in the way'), { recursive: true });
  expect((await failure(start())).code).toBe('FAILED');
  expect(readSession(paths)).toEqual(first);
  expect([...applications.values()]).toEqual([true, false]);
});

test('where the pool sees this computer is told', async () => {
  pool.on(`GET ${ROOT}`, { headers: { 'X-MS-Namespace': 'External' }, body: { _links: { user: { href: `${pool.url}${USER}` } } } });
  await start();
  expect(told).toContain('the pool sees this computer outside the organisation');
});

test('a sign-in that fails leaves the session before untouched', async () => {
  const first = await start();
  pool.on('POST /ucwa/applications', { status: 403, body: {} });
  await failure(start());
  expect(readSession(paths)).toEqual(first);
  expect([...applications.values()]).toEqual([true]);
});

test('one that is interrupted at its question changes nothing anywhere', async () => {
  const interrupted = async () => {
    throw new LyncauthError('INTERRUPTED', 'interrupted');
  };
  expect((await failure(start({ credentials: { preview: noProof, unlock: interrupted } }))).code).toBe('INTERRUPTED');
  expect(readSession(paths)).toBeUndefined();
  expect(pool.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});

test('a session before that cannot be ended is told, and replaced all the same', async () => {
  await start();
  pool.on('DELETE /ucwa/applications/1', { status: 503, body: {} });
  await start();
  expect(notes).toContainEqual(
    expect.stringMatching(
      /^warning: the earlier session of alice@lab\.test could not be ended at https:.*its token until 20.*tries again$/,
    ),
  );
  expect(readSession(paths)?.application).toBe(`${pool.url}/ucwa/applications/2`);
});

test.each(['sign-in', 'sign-out'])('a session before that could not be ended is ended by the next %s', async (next) => {
  await start();
  pool.on('DELETE /ucwa/applications/1', { status: 503, body: {} });
  await start();
  expect([...applications.values()]).toEqual([true, true]);
  pool.on('DELETE /ucwa/applications/1', () => {
    applications.set('/ucwa/applications/1', false);
    return { status: 204 };
  });
  if (next === 'sign-in') await start();
  else expect(await signOut({ ...tools(), http: async () => servers.http })).toMatchObject({ ended: 'closed', failure: undefined });
  expect([...applications.values()].slice(0, 2)).toEqual([false, false]);
  expect(readSession(paths)?.replaced).toBeUndefined();
});

test('a file that cannot be replaced ends the sign-in before anybody is asked', async () => {
  const { writeSecretFile } = await import('../../../src/store/secret-file.js');
  writeSecretFile(sessionFile(paths), { version: 1, damaged: true });
  expect((await failure(start())).code).toBe('STATE_UNREADABLE');
  expect(pool.seen).toEqual([]);
});

test("the card of one user does not open the session of another's address; nothing is left at the pool", async () => {
  const error = await failure(start({ address: parseAddress('bob@lab.test') }));
  expect(error).toMatchObject({ code: 'SIGN_IN_REFUSED', message: 'the card of alice@lab.test signs in alice@lab.test, not bob@lab.test' });
  expect(readSession(paths)).toBeUndefined();
  expect([...applications.values()]).toEqual([false]);
});

test.each([
  [
    'does not say whose session it is',
    undefined,
    /^the pool does not say whose session the card of alice@lab\.test opens: .* bob@lab\.test$/,
  ],
  ['names somebody by what is no address', 'sip:alice@lab', 'the card of alice@lab.test signs in sip:alice@lab, not bob@lab.test'],
])('where the pool %s, the name on the card has to be the one of the address', async (_, uri, message) => {
  openFor(uri);
  const error = await failure(start({ address: parseAddress('bob@lab.test') }));
  expect(error).toMatchObject({ code: 'SIGN_IN_REFUSED', message: expect.stringMatching(message) });
  expect(readSession(paths)).toBeUndefined();
  expect([...applications.values()]).toEqual([false]);
  expect((await start({ user: 'Alice@lab.test' })).address).toBe('alice@lab.test');
});

test('who signs in by the name on the card has the address that the pool knows', async () => {
  openFor('sip:alice.example@contoso.test');
  expect((await start()).address).toBe('alice.example@contoso.test');
});

test('sign-out ends the application and removes the file; what the server says cannot keep it', async () => {
  await start();
  const out = { ...tools(), http: async () => servers.http };
  expect(await signOut(out)).toMatchObject({ removed: 'session', ended: 'closed', failure: undefined });
  expect([...applications.values()]).toEqual([false]);
  await start();
  pool.on('DELETE /ucwa/applications/2', { status: 503, body: {} });
  expect(await signOut(out)).toMatchObject({ removed: 'session', ended: undefined, failure: { code: 'SERVER_ERROR' } });
  expect(readSession(paths)).toBeUndefined();
  expect(removeSession(paths)).toBe(false);
});

test('an application that is still there after its end was confirmed is a failure of the server', async () => {
  await start();
  pool.on('DELETE /ucwa/applications/1', { status: 204 });
  const result = await signOut({ ...tools(), http: async () => servers.http });
  expect(result.failure).toMatchObject({ code: 'SERVER_ERROR', message: expect.stringContaining('still shows the application') });
});
