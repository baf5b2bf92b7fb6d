/** The pool's token service: tokens, the way to the sign-in page, and refusals. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCookieJar } from '../../../src/http/cookies.js';
import { redact, Secret } from '../../../src/secret.js';
import { PASSIVE_GRANT, requestToken } from '../../../src/sign-in/oauth.js';
import { failure } from '../../support/failure.js';
import { createPoolServers, type PoolServers, type ScriptedAnswer, type ScriptedServer } from '../../support/pool-server.js';

const PATH = '/WebTicket/oauthtoken';
const TOKEN = 'cwt=AAEBHAEFAAAAAAAFFQAAAO2JkpjKZ2x0';
const NOW = new Date('2026-11-23T09:00:00Z');
const good = { access_token: TOKEN, expires_in: 28289, ms_rtc_identityscope: 'local', token_type: 'Bearer' };

let servers: PoolServers;
let pool: ScriptedServer;

beforeEach(async () => {
  servers = createPoolServers();
  pool = await servers.https();
});

afterEach(() => servers.close());

const now = () => NOW;
const url = () => new URL(PATH, pool.url);
const ask = (answer: ScriptedAnswer, grant: Parameters<typeof requestToken>[2] = { grant_type: PASSIVE_GRANT }) => {
  pool.on(`POST ${PATH}`, { ...answer, headers: { Date: NOW.toUTCString(), ...answer.headers } });
  return requestToken(servers.http, url(), grant, { now });
};
const password = () => ({ grant_type: 'password', username: 'LAB\\alice', password: new Secret('geheim & +ü') });

describe('a token', () => {
  test('is a secret with an end', async () => {
    const { token } = await ask({ body: good });
    expect(token?.value.reveal()).toBe(TOKEN);
    expect(token?.expiresAt).toEqual(new Date('2026-11-23T16:51:29Z'));
    expect(redact(`Authorization: Bearer ${TOKEN}`)).not.toContain(TOKEN);
  });

  test('is had with a password, sent as a form field and nowhere else', async () => {
    await ask({ body: { ...good, expires_in: '60', token_type: 'bearer' } }, password());
    const [{ path, body, headers }] = pool.seen as [(typeof pool.seen)[0]];
    expect(path).toBe(PATH);
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    expect([...new URLSearchParams(body)]).toEqual([
      ['grant_type', 'password'],
      ['username', 'LAB\\alice'],
      ['password', 'geheim & +ü'],
    ]);
  });

  test('is had with the cookies of the pool, and new cookies are kept', async () => {
    const cookies = createCookieJar();
    cookies.store(url(), ['FedAuth=77u; path=/; secure; HttpOnly', 'FedAuth1=abc; path=/; secure; HttpOnly']);
    pool.on(`POST ${PATH}`, { headers: { 'Set-Cookie': 'more=1; path=/; secure' }, body: good });
    await requestToken(servers.http, url(), { grant_type: PASSIVE_GRANT }, { cookies, now });
    expect(pool.seen[0]?.headers.cookie).toBe('FedAuth=77u; FedAuth1=abc');
    expect(pool.seen[0]?.body).toBe('grant_type=urn%3Amicrosoft.rtc%3Apassive');
    expect(cookies.header(url())).toContain('more=1');
  });

  test.each([
    ['no token', { ...good, access_token: undefined }],
    ['a number', { ...good, access_token: 7 }],
    ['a list', { ...good, access_token: [TOKEN] }],
    ['a token that would break a header', { ...good, access_token: 'a\r\nCookie: b' }],
    ['an endless token', { ...good, access_token: 'x'.repeat(20_000) }],
    ['no end', { ...good, expires_in: undefined }],
    ['an end in the past', { ...good, expires_in: -1 }],
    ['an end that is no number', { ...good, expires_in: 'soon' }],
    ['an end that is true', { ...good, expires_in: true }],
    ['an end in a list', { ...good, expires_in: [60] }],
    ['another kind of token', { ...good, token_type: 'mac' }],
    ['no object', '"token"'],
    ['a web page', '<html>sign in</html>'],
    ['nothing', ''],
  ])('%s is not taken for one', async (_, body) => {
    const error = await failure(ask({ body }));
    expect(error).toMatchObject({ code: 'SERVER_ERROR', message: expect.stringMatching(/^the token service at localhost:\d+ /) });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(TOKEN);
  });

  test('lives a month at most, whatever the server says', async () => {
    const { token } = await ask({ body: { ...good, expires_in: 1e300 } });
    expect(token?.expiresAt).toEqual(new Date('2026-12-23T09:00:00Z'));
  });
});

describe('a passive sign-in', () => {
  const refusal = {
    status: 400,
    headers: { 'X-Ms-diagnostics': '28020;source="fe.lab.test";reason="No valid security token."' },
    body: { error: 'invalid_grant', ms_rtc_passiveauthuri: 'https://web.lab.test/PassiveAuth/PassiveAuth.aspx' },
  };

  test('comes first, at the page that the pool names', async () => {
    expect(await ask(refusal)).toEqual({ passiveUrl: new URL('https://web.lab.test/PassiveAuth/PassiveAuth.aspx') });
  });

  test('is never the answer to a password', async () => {
    expect(await failure(ask(refusal, password()))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
  });

  test.each([7, '', 'javascript:alert(1)', ['https://web.lab.test/'], null])('cannot be at %j', async (page) => {
    const error = await failure(ask({ ...refusal, body: { error: 'invalid_grant', ms_rtc_passiveauthuri: page } }));
    expect(error).toMatchObject({ code: 'SIGN_IN_REFUSED', message: expect.stringContaining('No valid security token, 28020') });
  });
});

describe('a refusal', () => {
  test('of a password names it and not its text', async () => {
    const error = await failure(ask({ status: 400, body: { error: 'invalid_grant' } }, password()));
    expect(error).toMatchObject({ code: 'SIGN_IN_REFUSED', message: expect.stringContaining('refused the user name or the password') });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('geheim');
  });

  test('of the grant is METHOD_NOT_OFFERED', async () => {
    expect(await failure(ask({ status: 400, body: { error: 'unsupported_grant_type' } }))).toMatchObject({ code: 'METHOD_NOT_OFFERED' });
  });
});
