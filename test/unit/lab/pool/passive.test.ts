/** Passive sign-in at the pool: the way to AD FS and back, and which security tokens it takes. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRoot } from '../../../../src/lab/authority-files.js';
import type { Federation } from '../../../../src/lab/federation.js';
import type { LabResponse } from '../../../../src/lab/message.js';
import { issueSecurityToken, TRUST_2005 } from '../../../../src/lab/security-token.js';
import { alice, body, createPoolLab, header, POOL, type PoolLab, STS } from './pool-lab.js';

const PAGE = '/PassiveAuth/PassiveAuth.aspx';
const REALM = `${POOL}/PassiveAuth`;
const METHOD = 'urn:ietf:rfc:2246';
let pool: PoolLab;

beforeEach(async () => {
  pool = await createPoolLab();
});

afterEach(() => {
  pool.remove();
});

interface Order {
  federation?: Federation;
  audience?: string;
  now?: Date;
  withoutSid?: boolean;
}

/** A `wresult` as AD FS writes it. */
function wresult({ federation = pool.federation, audience = REALM, now = pool.clock, withoutSid = false }: Order = {}): string {
  const { assertion } = issueSecurityToken(federation, alice, { audience, authenticationMethod: METHOD, now, withoutSid });
  return `<t:RequestSecurityTokenResponse xmlns:t="${TRUST_2005}"><t:RequestedSecurityToken>${assertion}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>`;
}

function post(result: string, more: Record<string, string> = {}, host = 'localhost:4443'): LabResponse {
  return pool.ask(PAGE, { form: { wa: 'wsignin1.0', wresult: result, ...more }, host });
}

function cookies(response: LabResponse): string {
  return header(response, 'set-cookie')
    .replaceAll(/;[^\n]*/g, '')
    .replaceAll('\n', '; ');
}

function passiveGrant(cookie: string, host = 'localhost:4443'): LabResponse {
  return pool.ask('/WebTicket/oauthtoken', { form: { grant_type: 'urn:microsoft.rtc:passive' }, headers: { cookie }, host });
}

describe('the way to AD FS', () => {
  it('is a redirect with what AD FS has to know', () => {
    const response = pool.ask(PAGE);
    const url = new URL(header(response, 'location'));

    expect([response.status, url.origin + url.pathname]).toEqual([302, `${STS}/adfs/ls/`]);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      wa: 'wsignin1.0',
      wtrealm: REALM,
      wctx: 'rm=0&id=passive&ru=%2FPassiveAuth%2FPassiveAuth.aspx',
      wct: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('begins at the path as the pool writes it', () => {
    expect(header(pool.ask('/passiveauth/passiveauth.ASPX?a=b'), 'location')).toBe(`${PAGE}?a=b`);
  });

  it('leads to another organisation under the fault foreign-sts', () => {
    pool.fault('foreign-sts');
    expect(header(pool.ask(PAGE), 'location')).toMatch(/^https:\/\/sts\.elsewhere\.invalid\/adfs\/ls\/\?/);
  });

  it('is described for AD FS in the federation metadata', () => {
    const response = pool.ask('/passiveauth/federationmetadata/2007-06/federationmetadata.xml');

    expect(response.body).toContain(`entityID="${REALM}"`);
    expect(response.body).toContain(`<Address>${POOL}${PAGE}</Address>`);
  });
});

describe('the way back', () => {
  it('ends with cookies in chunks, which are good for a token', () => {
    const response = post(wresult(), { wctx: 'rm=0&id=passive&ru=%2FPassiveAuth%2FPassiveAuth.aspx' });

    expect([response.status, header(response, 'location')]).toEqual([302, PAGE]);
    expect(header(response, 'set-cookie')).toMatch(
      /^FedAuth=[^;]{2000}; path=\/; secure; HttpOnly\nFedAuth1=[^;]+; path=\/; secure; HttpOnly$/,
    );
    const token = body(passiveGrant(cookies(response))).access_token;
    expect(pool.ask('/autodiscover/autodiscoverservice.svc/root/user', { token }).status).toBe(200);
    expect(pool.events().map(({ event }) => event)).toEqual(['passive', 'token']);
  });

  it('shows that the user is signed in to a browser that comes again, until it signs out', () => {
    const cookie = cookies(post(wresult()));

    expect(pool.ask(PAGE, { headers: { cookie } }).status).toBe(200);
    expect(header(pool.ask(`${PAGE}?wa=wsignoutcleanup1.0`, { headers: { cookie } }), 'set-cookie')).toMatch(
      /^FedAuth=; expires=.*\nFedAuth1=; expires=/,
    );
  });

  it('leads to AD FS again where that passes no SID on, whatever UPN the token has', () => {
    const response = post(wresult({ withoutSid: true }));

    expect([response.status, header(response, 'location').startsWith(`${STS}/adfs/ls/?wa=wsignin1.0`)]).toEqual([302, true]);
    expect(header(response, 'set-cookie')).toBe('');
    expect(pool.events()).toMatchObject([{ event: 'passive-refused', reason: 'the security token has no SID' }]);
  });

  it.each(['https://evil.invalid/', '//evil.invalid/', '/\\evil.invalid', 'javascript:x'])('never leads to another place: %s', (ru) => {
    expect(header(post(wresult(), { wctx: new URLSearchParams({ rm: '0', ru }).toString() }), 'location')).toBe(PAGE);
  });
});

describe('the cookies', () => {
  it.each([
    ['with one chunk missing', (cookie: string) => cookie.split('; ')[0] ?? ''],
    [
      'with the chunks mixed up',
      (cookie: string) => cookie.replace('FedAuth1', 'X').replace('FedAuth=', 'FedAuth1=').replace('X', 'FedAuth'),
    ],
  ])('are good for nothing %s', (_, spoil) => {
    expect(passiveGrant(spoil(cookies(post(wresult())))).status).toBe(400);
  });

  it('are good for nothing at another host, and after eight hours', () => {
    const cookie = cookies(post(wresult()));

    expect(passiveGrant(cookie, '127.0.0.1:4443').status).toBe(400);
    pool.clock = new Date(pool.clock.getTime() + 8 * 3600 * 1000);
    expect(passiveGrant(cookie).status).toBe(400);
  });
});

describe('a security token', () => {
  const HOUR = 3600 * 1000;
  const stranger = (): Federation => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return { ...pool.federation, signing: createRoot(privateKey, new Date()) };
  };

  it.each<[string, () => string]>([
    ['signed by somebody else', () => wresult({ federation: stranger() })],
    ['about somebody else than was signed', () => wresult().replaceAll('alice@lab.test', 'bob@lab.test')],
    ['for another relying party', () => wresult({ audience: 'https://other.lab.test/PassiveAuth' })],
    ['of two hours ago', () => wresult({ now: new Date(pool.clock.getTime() - 2 * HOUR) })],
    ['of tomorrow', () => wresult({ now: new Date(pool.clock.getTime() + 24 * HOUR) })],
    ['that is none', () => '<x/>'],
    ['that is no XML', () => 'nonsense'],
    ['with a document type', () => `<!DOCTYPE x [<!ENTITY a "b">]>${wresult()}`],
    ['that is missing', () => ''],
  ])('is refused: one %s', (_, result) => {
    const response = post(result());

    expect(response.status).toBe(500);
    expect(header(response, 'x-ms-diagnostics')).toContain('No valid security token.');
    expect(header(response, 'set-cookie')).toBe('');
    expect(pool.events()).toEqual([expect.objectContaining({ event: 'passive-refused', reason: expect.stringMatching(/\w/) })]);
  });

  it('is taken once', () => {
    const result = wresult();

    expect([post(result).status, post(result).status]).toEqual([302, 500]);
    expect(pool.events()).toContainEqual(expect.objectContaining({ reason: expect.stringContaining('used before') }));
  });

  it('is out of date under the fault clock-skew', () => {
    pool.fault('clock-skew');
    expect(post(wresult()).status).toBe(500);
  });

  it('leads to AD FS again under the fault pool-rejects', () => {
    pool.fault('pool-rejects');
    const response = post(wresult());

    expect([response.status, header(response, 'location').startsWith(`${STS}/adfs/ls/?wa=wsignin1.0`)]).toEqual([302, true]);
    expect(header(response, 'set-cookie')).toBe('');
  });

  it('is not taken from a form that is not that of a sign-in', () => {
    expect(post(wresult(), { wa: 'wsignout1.0' }).status).toBe(500);
  });
});
