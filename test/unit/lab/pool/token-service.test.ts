/** The pool's token service, by its grants and its errors. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { body, createPoolLab, header, POOL, type PoolLab } from './pool-lab.js';

const PATH = '/WebTicket/oauthtoken';
const PASSIVE = { grant_type: 'urn:microsoft.rtc:passive' };
const PASSWORD = { grant_type: 'password', username: 'alice@lab.test', password: 'Practice-alice-46' };
let pool: PoolLab;

beforeEach(async () => {
  pool = await createPoolLab();
});

afterEach(() => {
  pool.remove();
});

describe('the password grant', () => {
  it('issues a token for eight hours', () => {
    const response = pool.ask(PATH, { form: PASSWORD });

    expect(response.status).toBe(200);
    expect(body(response)).toEqual({
      access_token: expect.stringMatching(/^cwt=AAEB[\w-]+$/),
      expires_in: 28_800,
      ms_rtc_identityscope: 'local',
      token_type: 'Bearer',
    });
    expect(pool.events()).toEqual([expect.objectContaining({ event: 'token', account: 'LAB\\alice', grant: 'password' })]);
  });

  it('takes the account name as well', () => {
    expect(pool.ask(PATH, { form: { ...PASSWORD, username: 'LAB\\alice' } }).status).toBe(200);
  });

  it.each([
    ['a wrong password', { ...PASSWORD, password: 'wrong' }, 'invalid_grant'],
    ['an unknown user', { ...PASSWORD, username: 'mallory@lab.test' }, 'invalid_grant'],
    ['no password', { grant_type: 'password', username: 'alice@lab.test' }, 'invalid_request'],
    ['no grant', { username: 'alice@lab.test' }, 'invalid_request'],
  ])('refuses %s', (_, form, error) => {
    const response = pool.ask(PATH, { form });

    expect([response.status, body(response)]).toEqual([400, { error }]);
    expect(pool.events()).toEqual([]);
  });

  it('takes no form that is not called one', () => {
    const response = pool.ask(PATH, { form: PASSWORD, headers: { 'content-type': 'text/plain' } });
    expect(body(response).error).toBe('invalid_request');
  });

  it('takes nothing but POST', () => {
    expect(pool.ask(PATH).status).toBe(405);
  });
});

describe('the passive grant', () => {
  it.each([
    ['without a cookie', {}],
    ["with cookies that are not the pool's own", { cookie: 'FedAuth=AAAA; FedAuth1=BBBB' }],
  ])('names the passive sign-in %s', (_, headers) => {
    const response = pool.ask(PATH, { form: PASSIVE, headers });

    expect(response.status).toBe(400);
    expect(header(response, 'x-ms-diagnostics')).toBe('28020;source="pool.lab.test";reason="No valid security token."');
    expect(body(response)).toEqual({ error: 'invalid_grant', ms_rtc_passiveauthuri: `${POOL}/PassiveAuth/PassiveAuth.aspx` });
  });
});

describe('a grant that the pool does not take', () => {
  it.each([
    ['passive, with the password policy', ['password-only'], PASSIVE],
    ['password, with the two-factor policy', ['two-factor'], PASSWORD],
    ['passive, under the fault passive-off', ['passive-off'], PASSIVE],
    ['windows', [], { grant_type: 'urn:microsoft.rtc:windows' }],
  ])('is refused with 28029: %s', (_, faults, form) => {
    pool.fault(...faults);
    const response = pool.ask(PATH, { form });

    expect([response.status, body(response)]).toEqual([400, { error: 'unsupported_grant_type' }]);
    expect(header(response, 'x-ms-diagnostics')).toBe('28029;source="pool.lab.test";reason="Authentication type not allowed."');
  });
});

describe('a user who proved who they are', () => {
  it('is refused with 28000 under the fault not-enabled', () => {
    pool.fault('not-enabled');
    const response = pool.ask(PATH, { form: PASSWORD });

    expect(response.status).toBe(403);
    expect(header(response, 'x-ms-diagnostics')).toBe(
      '28000;source="pool.lab.test";reason="User is not SIP enabled.";faultcode="wsse:FailedAuthentication"',
    );
  });

  it('is refused under the fault account-disabled', () => {
    pool.fault('account-disabled');
    expect(body(pool.ask(PATH, { form: PASSWORD })).error_description).toBe('The account is disabled.');
  });

  it('does not learn of either with a wrong password', () => {
    pool.fault('account-disabled', 'not-enabled');
    expect(body(pool.ask(PATH, { form: { ...PASSWORD, password: 'wrong' } }))).toEqual({ error: 'invalid_grant' });
  });
});
