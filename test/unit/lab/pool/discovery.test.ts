/** The pool's autodiscover service, and the 401 it asks for a token with. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabResponse } from '../../../../src/lab/message.js';
import { body, createPoolLab, header, POOL, type PoolLab, ROOT } from './pool-lab.js';

const XML = { accept: 'application/vnd.microsoft.rtc.autodiscover+xml;v=1' };
const USER = `${ROOT}/oauth/user`;
let pool: PoolLab;

beforeEach(async () => {
  pool = await createPoolLab();
});

afterEach(() => {
  pool.remove();
});

function links(response: LabResponse): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body(response)._links as Record<string, { href: string }>).map(([rel, { href }]) => [rel, href]),
  );
}

describe('the root', () => {
  it.each(['/', '/?sipuri=alice@lab.test', ROOT, '/Autodiscover/AutodiscoverService.svc/root'])(
    'leads from %s to the user as JSON',
    (path) => {
      const response = pool.ask(path, { headers: { accept: 'application/json' } });

      expect(response.status).toBe(200);
      expect(links(response).user).toBe(`${POOL}/Autodiscover/AutodiscoverService.svc/root/oauth/user?originalDomain=lab.test`);
    },
  );

  it('is XML for who asks for that', () => {
    const response = pool.ask(ROOT, { headers: XML });

    expect(header(response, 'content-type')).toMatch(/^application\/vnd\.microsoft\.rtc\.autodiscover\+xml/);
    expect(response.body).toContain(`<AutodiscoverResponse AccessLocation="Internal"><Root>`);
    expect(response.body).toContain(`<Link token="User" href="${POOL}/Autodiscover/AutodiscoverService.svc/root/user"/>`);
  });

  it.each(['lyncdiscover.lab.test', 'lyncdiscoverinternal.lab.test:80'])('leads from %s to the pool', (host) => {
    expect(links(pool.ask('/', { host })).user).toMatch(`${POOL}/Autodiscover/`);
  });

  it('says under the fault external that it was asked from outside', () => {
    pool.fault('external');

    expect(pool.ask(ROOT, { headers: XML }).body).toContain('AccessLocation="External"');
    expect(header(pool.ask(ROOT), 'x-ms-namespace')).toBe('external');
  });

  it('is a web page under the fault html-discovery', () => {
    pool.fault('html-discovery');
    expect(header(pool.ask(ROOT), 'content-type')).toMatch(/^text\/html/);
  });

  it.each([
    ['redirect-chain', 3],
    ['redirect-chain=6', 6],
  ])('sends a client on under the fault %s, by HTTP and by links in turn, and then answers', (fault, hops) => {
    pool.fault(fault);
    expect(follow(ROOT, 20)).toEqual({ hops, kinds: hops > 3 ? ['302', 'link', '302', 'link', '302', 'link'] : ['302', 'link', '302'] });
  });

  it('never answers under the fault redirect-loop', () => {
    pool.fault('redirect-loop');
    expect(follow(ROOT, 50).hops).toBe(50);
  });
});

/** Follows redirects until there is a user link. */
function follow(start: string, limit: number): { hops: number; kinds: string[] } {
  const kinds: string[] = [];
  let path = start;
  while (kinds.length < limit) {
    const response = pool.ask(path);
    const next = response.status === 302 ? header(response, 'location') : links(response).redirect;
    if (next === undefined) break;
    kinds.push(response.status === 302 ? '302' : 'link');
    path = next.slice(POOL.length);
  }
  return { hops: kinds.length, kinds };
}

describe('the user without a token', () => {
  it.each([
    ['as usual', [], 'urn:microsoft.rtc:passive,password'],
    ['with the two-factor policy', ['two-factor'], 'urn:microsoft.rtc:passive'],
    ['with the password policy', ['password-only'], 'password'],
  ])('names token service and grants %s', (_, faults, grants) => {
    pool.fault(...faults);
    const response = pool.ask(USER);

    expect(response.status).toBe(401);
    const [bearer, oauth] = header(response, 'www-authenticate').split('\n');
    expect(bearer).toMatch(/^Bearer trusted_issuers="[^"]+", client_id="[0-9a-f-]{36}"$/);
    expect(oauth).toBe(`MsRtcOAuth href="${POOL}/WebTicket/oauthtoken",grant_type="${grants}"`);
    expect(header(response, 'x-ms-webticketurl')).toBe(`${POOL}/WebTicket/WebTicketService.svc`);
  });

  it('writes the values without quotation marks under the fault bare-challenge', () => {
    pool.fault('bare-challenge', 'password-only');
    expect(header(pool.ask(USER), 'www-authenticate')).toContain(`MsRtcOAuth href=${POOL}/WebTicket/oauthtoken, grant_type=password`);
  });

  it('names a token service elsewhere under the fault foreign-tokens, and none under no-challenge', () => {
    pool.fault('foreign-tokens');
    expect(header(pool.ask(USER), 'www-authenticate')).toContain('href="https://pool.elsewhere.invalid/WebTicket/oauthtoken"');
    pool.fault('no-challenge');
    expect(header(pool.ask(USER), 'www-authenticate')).not.toContain('MsRtcOAuth');
    expect(header(pool.ask(USER), 'x-ms-webticketurl')).toBe('');
  });
});

describe('the user with a token', () => {
  it('leads to the applications, as JSON and as XML', () => {
    const token = pool.token();

    expect(links(pool.ask(USER, { token })).applications).toBe(`${POOL}/ucwa/oauth/v1/applications`);
    expect(pool.ask(`${ROOT}/user`, { token, headers: XML }).body).toContain(
      `<Link token="Ucwa" href="${POOL}/ucwa/oauth/v1/applications"/>`,
    );
  });

  it.each([
    ['that is none', () => 'cwt=AAEB'],
    ['with one character changed', () => pool.token().replace(/(?<=^.{60})./, (one) => (one === 'A' ? 'B' : 'A'))],
    ['for another host', () => pool.token('alice', '127.0.0.1:4443')],
  ])('asks for another one instead of one %s', (_, token) => {
    const response = pool.ask(USER, { token: token() });

    expect(response.status).toBe(401);
    expect(header(response, 'x-ms-diagnostics')).toBe('28020;source="pool.lab.test";reason="No valid security token."');
    expect(header(response, 'www-authenticate')).toMatch(/error="invalid_token"[\s\S]*MsRtcOAuth/);
  });

  it('asks for another one when eight hours are over', () => {
    const token = pool.token();
    const begin = pool.clock.getTime();
    pool.clock = new Date(begin + 8 * 3600 * 1000 - 1);
    expect(pool.ask(USER, { token }).status).toBe(200);
    pool.clock = new Date(begin + 8 * 3600 * 1000);
    expect(header(pool.ask(USER, { token }), 'www-authenticate')).toContain('The token has expired.');
  });

  it.each([
    ['expired-token', 'The token has expired.'],
    ['wrong-host-ticket', 'The token was issued for another host.'],
  ])('takes no token under the fault %s', (fault, reason) => {
    const token = pool.token();
    pool.fault(fault);

    expect(header(pool.ask(USER, { token }), 'www-authenticate')).toContain(reason);
  });

  it('is empty under the fault not-homed', () => {
    pool.fault('not-homed');
    expect(pool.ask(USER, { token: pool.token() })).toMatchObject({ status: 404, body: '' });
  });

  it('sends a user of another pool there, where another token is needed', () => {
    pool.fault('homed-elsewhere');
    const token = pool.token();
    const host = '127.0.0.1:4443';
    const root = `https://${host}/Autodiscover/AutodiscoverService.svc/root`;

    expect(links(pool.ask(USER, { token }))).toEqual({ redirect: `${root}?originalDomain=lab.test` });
    expect(links(pool.ask(ROOT, { host })).user).toBe(`${root}/oauth/user?originalDomain=lab.test`);
    expect(pool.ask(USER, { token, host }).status).toBe(401);
    expect(links(pool.ask(USER, { token: pool.token('alice', host), host })).applications).toBe(
      `https://${host}/ucwa/oauth/v1/applications`,
    );
  });
});

describe('every answer', () => {
  it('names the server and repeats the id the client gave', () => {
    const response = pool.ask(ROOT, { headers: { 'client-request-id': '11111111-2222' } });

    expect(header(response, 'x-ms-server-fqdn')).toBe('pool.lab.test');
    expect(header(response, 'client-request-id')).toBe('11111111-2222');
  });

  it('is an hour ahead under the fault clock-skew', () => {
    pool.fault('clock-skew');
    const date = new Date(header(pool.ask(ROOT), 'date'));

    expect(date.getTime() - pool.clock.getTime()).toBeGreaterThan(3_598_000);
  });

  it('is spoiled at its own step', () => {
    pool.fault('server-error@token');

    expect(pool.ask(ROOT).status).toBe(200);
    expect(pool.ask('/WebTicket/oauthtoken', { form: { grant_type: 'password' } }).status).toBe(500);
  });
});
