/** Applications at the pool: opened, looked at and ended, also at another server than the one that discovery found. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import type { Challenge } from '../../../src/sign-in/challenge.js';
import { createTrustRule } from '../../../src/sign-in/trust-rule.js';
import type { Token } from '../../../src/sign-in/types.js';
import { applicationAlive, closeApplication, openApplication } from '../../../src/sign-in/ucwa.js';
import { failure } from '../../support/failure.js';
import { createPoolServers, type PoolServers, type ScriptedServer, type SeenRequest } from '../../support/pool-server.js';

const USER = '/Autodiscover/AutodiscoverService.svc/root/oauth/user';
const APPLICATIONS = '/ucwa/oauth/v1/applications';
const APPLICATION = `${APPLICATIONS}/101`;
/** Where a user is sent who is at home elsewhere. */
const MOVED = '/Autodiscover/AutodiscoverService.svc/root';
const NOW = new Date();
/** Trusts localhost, and not the same server by its address. */
const trust = createTrustRule(parseAddress('alice@lab.test'), { trustDomains: ['localhost'] });

let servers: PoolServers;
let pool: ScriptedServer;
let home: ScriptedServer;
let asked: Challenge[];

beforeEach(async () => {
  servers = createPoolServers();
  pool = await servers.https();
  home = await servers.https();
  asked = [];
  pool.on(`GET ${USER}`, links({ applications: { href: APPLICATIONS } }));
  for (const server of [pool, home]) server.on(`POST ${APPLICATIONS}`, bearerOnly(server, opened()));
});

afterEach(() => servers.close());

const tokenOf = (text: string): Token => ({ value: new Secret(`cwt=${text}`), expiresAt: new Date(NOW.getTime() + 3600_000) });
const links = (content: unknown) => ({ body: { _links: content } });
const opened = (change: object = {}) => ({
  status: 201,
  body: {
    rel: 'application',
    _links: { self: { href: APPLICATION }, events: { href: `${APPLICATION}/events?ack=1` } },
    _embedded: { me: { rel: 'me', name: 'Alice Example', uri: 'sip:alice@lab.test' } },
    ...change,
  },
});
const challenge = (tokenUrl: string) => ({
  status: 401,
  headers: { 'WWW-Authenticate': `MsRtcOAuth href="${tokenUrl}",grant_type="password"` },
});
function bearerOnly(server: ScriptedServer, answer: object) {
  return ({ headers }: SeenRequest) => (headers.authorization ? answer : challenge(`${server.url}/WebTicket/oauthtoken`));
}
const open = () =>
  openApplication(servers.http, new URL(USER, pool.url), tokenOf('of-the-pool'), {
    trust,
    now: () => NOW,
    getToken: async (found) => {
      asked.push(found);
      return tokenOf('of-the-home-server');
    },
  });
const bearers = (server: ScriptedServer) => server.seen.map(({ headers }) => headers.authorization);

describe('opening an application', () => {
  test('gives its address, whose it is, and the token that it hangs on', async () => {
    expect(await open()).toMatchObject({
      application: new URL(APPLICATION, pool.url),
      displayName: 'Alice Example',
      uri: 'sip:alice@lab.test',
    });
    expect(asked).toEqual([]);
    expect(bearers(pool)).toEqual(['Bearer cwt=of-the-pool', 'Bearer cwt=of-the-pool']);
  });

  test('says what it is for and asks for nothing else: no presence is published', async () => {
    await open();
    expect(pool.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${USER}`, `POST ${APPLICATIONS}`]);
    expect(JSON.parse(pool.seen[1]?.body ?? '')).toEqual({
      UserAgent: 'lyncauth',
      EndpointId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Culture: 'en-US',
    });
  });

  test('works where the pool does not say who it is', async () => {
    pool.on(`POST ${APPLICATIONS}`, opened({ _embedded: { me: { name: 7 } } }));
    expect(await open()).toMatchObject({ displayName: '', uri: undefined });
  });

  test('shows a name without anything that a terminal obeys', async () => {
    pool.on(`POST ${APPLICATIONS}`, opened({ _embedded: { me: { name: '\u001b[2JAlice\u202e\n Example' } } }));
    expect((await open()).displayName).toBe('[2JAlice Example');
  });
});

describe("the user's home server", () => {
  test('is another one: it gets a token of its own, never the first', async () => {
    pool.on(`GET ${USER}`, links({ applications: { href: `${home.url}${APPLICATIONS}` } }));
    const { application, token } = await open();
    expect(application).toEqual(new URL(APPLICATION, home.url));
    expect(token.value.reveal()).toBe('cwt=of-the-home-server');
    expect(asked).toEqual([{ tokenUrl: new URL('/WebTicket/oauthtoken', home.url), grants: ['password'] }]);
    expect(bearers(home)).toEqual([undefined, 'Bearer cwt=of-the-home-server']);
  });

  test.each([
    ['an HTTP redirect', { status: 302, headers: { Location: USER } }],
    ['its root, which names the user resource', links({ self: { href: MOVED }, user: { href: USER }, xframe: { href: '/xframe' } })],
    ['a redirect link', links({ redirect: { href: USER } })],
  ])('is found over %s', async (_, answer) => {
    pool.on(`GET ${USER}`, links({ self: { href: USER }, redirect: { href: `${home.url}${MOVED}` } }));
    home.on(`GET ${MOVED}`, answer);
    home.on(`GET ${USER}`, bearerOnly(home, links({ applications: { href: APPLICATIONS } })));
    expect(await open()).toMatchObject({ application: new URL(APPLICATION, home.url) });
    expect(bearers(home).filter((bearer) => bearer?.includes('of-the-pool'))).toEqual([]);
  });

  test('may want a token for the resource that leads to it', async () => {
    const resource = '/Autodiscover/AutodiscoverService.svc/root/user/redirect';
    pool.on(`GET ${USER}`, links({ redirect: { href: resource } }));
    pool.on(`GET ${resource}`, bearerOnly(pool, links({ user: { href: `${home.url}${USER}` } })));
    home.on(`GET ${USER}`, bearerOnly(home, links({ applications: { href: APPLICATIONS } })));
    expect(await open()).toMatchObject({ application: new URL(APPLICATION, home.url) });
  });

  test('whose root names a user resource of another domain leads to nobody', async () => {
    const stranger = await servers.https();
    pool.on(`GET ${USER}`, links({ redirect: { href: `${home.url}${MOVED}` } }));
    home.on(`GET ${MOVED}`, links({ user: { href: `${stranger.byAddress}${USER}` } }));
    expect(await failure(open())).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
    expect([stranger.seen, asked]).toEqual([[], []]);
  });

  test('of another domain is sent nothing', async () => {
    for (const content of [{ redirect: { href: `${home.byAddress}/x` } }, { applications: { href: `${home.byAddress}/x` } }]) {
      pool.on(`GET ${USER}`, links(content));
      expect(await failure(open())).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
    }
    pool.on(`GET ${USER}`, { status: 302, headers: { Location: `${home.byAddress}/x` } });
    expect(await failure(open())).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
    expect(home.seen).toEqual([]);
  });

  test('cannot have its tokens issued in another domain', async () => {
    pool.on(`GET ${USER}`, links({ applications: { href: `${home.url}${APPLICATIONS}` } }));
    home.on(`POST ${APPLICATIONS}`, challenge(`${home.byAddress}/token`));
    expect(await failure(open())).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
    expect(asked).toEqual([]);
  });

  test('that refuses its own token is asked once', async () => {
    pool.on(`GET ${USER}`, links({ applications: { href: `${home.url}${APPLICATIONS}` } }));
    home.on(`POST ${APPLICATIONS}`, challenge(`${home.url}/token`));
    expect(await failure(open())).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(home.seen).toHaveLength(2);
  });

  test('is not looked for in circles', async () => {
    pool.on(`GET ${USER}`, links({ redirect: { href: USER } }));
    expect(await failure(open())).toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(pool.seen).toHaveLength(6);
  });
});

describe('a refusal', () => {
  test.each([
    ['not enabled', { status: 403, headers: { 'X-Ms-diagnostics': '28000;reason="User is not SIP enabled."' } }, 'NOT_ENABLED'],
    ['nowhere at home', { status: 404 }, 'NOT_ENABLED'],
    ['an account that is disabled', { status: 403, body: 'The account is disabled.' }, 'ACCOUNT_DISABLED'],
    ['a token that has ended', { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } }, 'TOKEN_EXPIRED'],
    ['a token that is not valid', { status: 403, headers: { 'X-Ms-diagnostics': '28020;reason="No."' } }, 'TOKEN_EXPIRED'],
    ['a proxy that wants a logon', { status: 401, headers: { 'WWW-Authenticate': 'Negotiate' } }, 'SERVER_ERROR'],
    ['a proxy that refuses', { status: 403, body: '<html>Forbidden</html>' }, 'SERVER_ERROR'],
    ['a web page', { status: 200, body: '<html></html>' }, 'SERVER_ERROR'],
    ['no UCWA', { status: 200, body: { _links: { self: { href: '/x' } } } }, 'SERVER_ERROR'],
    ['links of another shape', { status: 200, body: { _links: { applications: 'https://lab.test' } } }, 'SERVER_ERROR'],
  ])('of the user resource: %s', async (_, answer, code) => {
    pool.on(`GET ${USER}`, answer);
    expect(await failure(open())).toMatchObject({ code });
  });

  test.each([
    ['too many applications', { status: 409, body: { code: 'Conflict', subcode: 'TooManyApplications' } }, 'SIGN_IN_REFUSED'],
    ['an application without an address', { ...opened({ _links: {} }) }, 'SERVER_ERROR'],
    ['an application elsewhere', { ...opened({ _links: { self: { href: 'https://evil.test/101' } } }) }, 'SERVER_ERROR'],
    ['an application over http', { ...opened({ _links: { self: { href: 'http://localhost/101' } } }) }, 'SERVER_ERROR'],
    ['an application that is a script', { ...opened({ _links: { self: { href: 'javascript:alert(1)' } } }) }, 'SERVER_ERROR'],
  ])('of the application service: %s', async (_, answer, code) => {
    pool.on(`POST ${APPLICATIONS}`, answer);
    const error = await failure(open());
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error.message, error.details])).not.toContain('cwt=');
  });
});

describe('an application that was made, and of which the answer tells nothing', () => {
  const unread = (Location?: string) => ({ status: 201, headers: { ...(Location && { Location }) }, body: { nothing: 1 } });
  const deleted = () => pool.seen.filter(({ method }) => method === 'DELETE');

  test('is ended where the head of the answer says it is', async () => {
    pool.on(`POST ${APPLICATIONS}`, unread(APPLICATION));
    pool.on(`DELETE ${APPLICATION}`, { status: 204 });
    const error = await failure(open());
    expect(error).toMatchObject({ code: 'SERVER_ERROR', message: expect.stringMatching(/does not say where the new application is$/) });
    expect(deleted()).toMatchObject([{ path: APPLICATION, headers: { authorization: 'Bearer cwt=of-the-pool' } }]);
  });

  test('is left where that is nowhere, elsewhere, or refuses, and the error says so', async () => {
    for (const location of [undefined, `${home.url}/101`, 'javascript:0', `${APPLICATIONS}/refuses`]) {
      pool.on(`POST ${APPLICATIONS}`, unread(location));
      pool.on(`DELETE ${APPLICATIONS}/refuses`, { status: 500 });
      expect(await failure(open())).toMatchObject({
        message: expect.stringMatching(/; the application that it opened is left there until/),
      });
    }
    expect([deleted().map(({ path }) => path), home.seen]).toEqual([[`${APPLICATIONS}/refuses`], []]);
  });
});

describe('an application that is there', () => {
  const url = () => new URL(APPLICATION, pool.url);

  test('lives, or was dropped by the server', async () => {
    pool.on(`GET ${APPLICATION}`, { body: {} });
    expect(await applicationAlive(servers.http, url(), tokenOf('x'))).toBe(true);
    for (const gone of [
      { status: 404 },
      { status: 404, body: { code: 'NotFound', subcode: 'ApplicationNotFound' } },
      { status: 404, body: { code: 'NotFound', subcode: 'InactiveApplicationExpired' } },
      { status: 410, body: { code: 'Gone' } },
    ]) {
      for (const method of ['GET', 'DELETE']) pool.on(`${method} ${APPLICATION}`, gone);
      expect(await applicationAlive(servers.http, url(), tokenOf('x'))).toBe(false);
      expect(await closeApplication(servers.http, url(), tokenOf('x'))).toBe('gone');
    }
  });

  test('is closed with a DELETE, or was gone', async () => {
    pool.on(`DELETE ${APPLICATION}`, { status: 204 });
    expect(await closeApplication(servers.http, url(), tokenOf('x'))).toBe('closed');
    expect(pool.seen).toMatchObject([{ method: 'DELETE', headers: { authorization: 'Bearer cwt=x' } }]);
  });

  test('cannot be asked or closed with a token that has ended', async () => {
    for (const method of ['GET', 'DELETE']) pool.on(`${method} ${APPLICATION}`, challenge(`${pool.url}/token`));
    expect(await failure(applicationAlive(servers.http, url(), tokenOf('x')))).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(await failure(closeApplication(servers.http, url(), tokenOf('x')))).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  test.each([
    ['the server fails', { status: 500 }],
    ['a page of something in between says', { status: 404, body: '<html>Not Found</html>' }],
    ['a page of something in between forbids', { status: 403, body: '<html>Forbidden</html>' }],
    ['a proxy wants a logon', { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="Bearer of a card"' } }],
    ['a portal shows a page', { status: 200, body: '<!doctype html><html>Welcome</html>' }],
    ['its server cannot be reached by the one that answers', { status: 410, body: { code: 'Gone', subcode: 'CannotRedirect' } }],
  ])('is believed neither alive, nor gone, nor closed when %s', async (_, answer) => {
    for (const method of ['GET', 'DELETE']) pool.on(`${method} ${APPLICATION}`, answer);
    expect(await failure(applicationAlive(servers.http, url(), tokenOf('x')))).toMatchObject({ code: 'SERVER_ERROR' });
    expect(await failure(closeApplication(servers.http, url(), tokenOf('x')))).toMatchObject({ code: 'SERVER_ERROR' });
  });
});
