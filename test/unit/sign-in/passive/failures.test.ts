/** Every way in which AD FS and the pool say no, and that none of them tells a ticket. */
import { describe, expect, test } from 'vitest';
import { createCookieJar } from '../../../../src/http/cookies.js';
import { Secret } from '../../../../src/secret.js';
import { passiveMethod } from '../../../../src/sign-in/passive/method.js';
import { postWresult } from '../../../../src/sign-in/passive/relying-party.js';
import { startPassive } from '../../../../src/sign-in/passive/start.js';
import { walk } from '../../../../src/sign-in/passive/walk.js';
import { failure } from '../../../support/failure.js';
import { signInBy } from '../../../support/sign-in-by.js';
import { errorPage, hidden, secondFactorPage, signInPage } from './adfs-pages.js';
import { type Answer, network, type Site } from './fake-adfs.js';
import { ACCESS_TOKEN, adfs, on, pool, redirect, signInRequest, sts, WCTX, WRESULT } from './fake-sites.js';

const SKEWED = { now: () => new Date(Date.now() - 3_600_000) };

describe('codes of AD FS', () => {
  test.each([
    ['MSIS3173', 'ACCOUNT_DISABLED', 'disabled, locked or expired'],
    ['MSIS7000', 'SERVER_ERROR', 'does not understand the sign-in request'],
    ['MSIS7007', 'SIGN_IN_REFUSED', 'does not know the pool'],
    ['MSIS7012', 'SIGN_IN_REFUSED', 'could not process'],
    ['MSIS7042', 'SIGN_IN_REFUSED', 'takes that for a loop'],
    ['MSIS7065', 'SERVER_ERROR', 'no sign-in page at the address'],
    ['MSIS7102', 'METHOD_NOT_OFFERED', 'does not offer the authentication'],
    ['MSIS7121', 'CERTIFICATE_NOT_ACCEPTED', 'does not accept the certificate'],
    ['MSIS9999', 'SIGN_IN_REFUSED', 'refuses the sign-in'],
  ])('%s', async (msis, code, words) => {
    for (const status of [200, 400, 500]) {
      const lab = await network([
        pool(),
        sts(() => ({ status, body: errorPage('Es ist ein Fehler aufgetreten.', `Details: ${msis}: x`) })),
      ]);
      const request = new URL(signInRequest());
      const error = await failure(walk(lab.input, createCookieJar(), request, request, { pause: async () => {} }));
      expect(error).toMatchObject({ code, message: expect.stringContaining(words), hint: expect.stringContaining('0080000000d0') });
      expect(error.message).toContain(`(${msis}): Es ist ein Fehler aufgetreten`);
      expect(error.details).toMatchObject({ msis, activityId: '00000000-0000-0000-5000-0080000000d0', host: 'sts.lab.test' });
    }
  });

  test('a code wins over the certificate that was shown before', async () => {
    const disabled = on('certauth.sts.lab.test', () => ({ body: errorPage('', 'MSIS3173') }));
    const lab = await network([disabled, pool(), adfs()]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('ACCOUNT_DISABLED');
  });
});

describe('what is no error page', () => {
  test.each<[string, Answer, string, string]>([
    ['more proof', { body: secondFactorPage('/adfs/ls/') }, 'SIGN_IN_REFUSED', 'a second proof'],
    ['the home realm', { body: `<form method=post>${hidden('HomeRealmSelection', '')}</form>` }, 'SIGN_IN_REFUSED', 'which organisation'],
    ['nothing that is known', { body: `<form>${hidden('lang', 'x')}</form>` }, 'SERVER_ERROR', 'no step of a sign-in'],
    ['nothing at all', { body: '' }, 'SERVER_ERROR', 'no step of a sign-in'],
    ['status 500', { status: 500 }, 'SERVER_ERROR', 'status 500'],
    ['status 503', { status: 503, body: '<h1>Service Unavailable</h1>' }, 'SERVER_ERROR', 'status 503'],
    ['status 404', { status: 404 }, 'SERVER_ERROR', 'status 404'],
    ['a redirect to nowhere', { status: 302 }, 'SERVER_ERROR', 'redirects to nowhere'],
  ])('%s', async (_name, answer, code, words) => {
    const lab = await network([pool(), sts(() => answer)], SKEWED);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code,
      message: expect.stringContaining(words),
      hint: expect.any(String),
    });
  });

  test('an unknown page is told by the names of its fields, and traced by what it is made of, without a value', async () => {
    const form = `<form id="f" method="post" action="https://other.test/x?geheim">${hidden('lang', 'geheim')}<input id="go" type="submit" name="Go"></form>`;
    const page = `<h1 id="title">geheim</h1>${form}<input type="tel" name="code" value="geheim">`;
    const lab = await network([pool(), sts(() => ({ body: page }))]);
    const traced: string[] = [];
    const log = { verbose: () => {}, trace: (text: string) => traced.push(text) };
    expect(await failure(signInBy(passiveMethod, { ...lab.input, log }))).toMatchObject({
      hint: expect.stringContaining('--trace'),
      details: { host: 'sts.lab.test', status: 200, fields: ['lang', 'Go', 'code'] },
    });
    expect(traced).toEqual([
      'sts.lab.test: form #f, POST to other.test: lang#:hidden Go#go:submit',
      'sts.lab.test: fields outside of forms: code#:tel',
      'sts.lab.test: ids: title f go',
    ]);
  });

  test('the choice again, for a second proof, is a second proof', async () => {
    const again = on('certauth.sts.lab.test', () => ({
      body: `${signInPage({ certificate: true, action: '/adfs/ls/' })}${secondFactorPage('/adfs/ls/')}`,
    }));
    const lab = await network([again, pool(), adfs()]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'SIGN_IN_REFUSED',
      message: expect.stringContaining('AzureMfaAuthentication'),
    });
  });
});

describe('a busy server', () => {
  const busy = (times: number, status: number): Site => {
    let left = times;
    return sts(({ method }) => {
      if (method !== 'POST' || left === 0) return undefined;
      left -= 1;
      return { status };
    });
  };

  test.each([400, 429])('status %i is tolerated once, after a pause', async (status) => {
    const lab = await network([busy(1, status), adfs()]);
    const pauses: number[] = [];
    const poolUrl = new URL('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx');
    const pause = async (ms: number) => pauses.push(ms);
    const issued = await walk(lab.input, createCookieJar(), poolUrl, new URL(signInRequest()), { pause });
    expect(issued.wresult.reveal()).toBe(WRESULT);
    expect(pauses).toEqual([1000]);
  });

  test('and not twice', async () => {
    const lab = await network([busy(9, 429), adfs()]);
    const pauses: number[] = [];
    const pause = async (ms: number) => pauses.push(ms);
    const request = new URL(signInRequest());
    expect((await failure(walk(lab.input, createCookieJar(), request, request, { pause }))).code).toBe('SERVER_ERROR');
    expect(pauses.length).toBe(1);
  });
});

describe('the pool', () => {
  const posted = (answer: Answer) => on('pool.lab.test', ({ form }) => (form.has('wresult') ? answer : undefined));

  test.each<[string, Answer, string]>([
    ['sends to AD FS again', redirect(signInRequest()), 'SIGN_IN_REFUSED'],
    ['takes it and gives no cookie', { status: 200 }, 'SIGN_IN_REFUSED'],
    ['gives no cookie and leads to another host', redirect('https://web.lab.test/elsewhere'), 'SIGN_IN_REFUSED'],
    [
      'says that the user is not enabled',
      { status: 403, headers: { 'X-Ms-diagnostics': '28000;source="pool";reason="User is not SIP enabled"' } },
      'NOT_ENABLED',
    ],
    ['breaks', { status: 500 }, 'SERVER_ERROR'],
  ])('%s', async (_name, answer, code) => {
    const lab = await network([posted(answer), pool(), adfs()]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({ code, hint: expect.stringMatching(/\w/) });
    expect(lab.asked.filter(({ form }) => form.has('wresult')).length).toBe(1);
  });

  test.each(['https://web.lab.test/Scheduler', 'http://pool.lab.test/PassiveAuth/', 'https://evil.test/take'])(
    'that takes it and then leads to %s is asked for its token, and nothing is sent there',
    async (elsewhere) => {
      const cookies = ['FedAuth=one', 'FedAuth1=two'].map((cookie) => `${cookie}; path=/; secure; HttpOnly`);
      const lab = await network([posted(redirect(elsewhere, 302, cookies)), pool(), adfs()]);
      expect((await signInBy(passiveMethod, lab.input)).value.reveal()).toBe(ACCESS_TOKEN);
      expect(lab.asked.filter(({ host, path }) => new URL(elsewhere).host === host && new URL(elsewhere).pathname === path)).toEqual([]);
    },
  );

  test('that calls the token not valid has its words shown, with what to look at', async () => {
    const refusal = { status: 500, headers: { 'X-Ms-diagnostics': '28020;source="pool";reason="No valid security token."' } };
    const lab = await network([posted(refusal), pool(), adfs()]);
    const error = await failure(signInBy(passiveMethod, lab.input));
    expect(error.message).toContain(
      'does not accept the token that its sign-in server (AD FS) issued (it says: No valid security token, 28020)',
    );
    expect(error).toMatchObject({ hint: expect.stringContaining('relying party trust'), details: { diagnosticsId: 28020 } });
  });

  test('that does not take the token while the clocks differ is about the clock', async () => {
    const lab = await network([posted(redirect(signInRequest())), pool(), adfs()], SKEWED);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('CLOCK_SKEW');
  });

  test.each<[string, Answer, string]>([
    ['shows a page instead of sending to AD FS', { body: '<h1>IIS</h1>' }, 'SERVER_ERROR'],
    ['sends somewhere without a sign-in request', redirect('https://sts.lab.test/adfs/ls/'), 'REDIRECT_REFUSED'],
    ['sends to AD FS without a realm', redirect('https://sts.lab.test/adfs/ls/?wa=wsignin1.0'), 'SERVER_ERROR'],
    ['sends to AD FS over http', redirect(signInRequest('http://sts.lab.test')), 'REDIRECT_REFUSED'],
    ['is broken', { status: 500 }, 'SERVER_ERROR'],
  ])('%s', async (_name, answer, code) => {
    const lab = await network([on('pool.lab.test', () => answer), adfs()]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({ code, hint: expect.stringMatching(/\w/) });
    expect(lab.log.length).toBe(1);
  });

  test('may spell its page in another way', async () => {
    const canonical = on('pool.lab.test', ({ path }) =>
      path === '/passiveauth/passiveauth.aspx' ? redirect('/PassiveAuth/PassiveAuth.aspx') : undefined,
    );
    const lab = await network([canonical, pool(), adfs()]);
    const input = { ...lab.input, passiveUrl: new URL('https://pool.lab.test/passiveauth/passiveauth.aspx') };
    expect((await signInBy(passiveMethod, input)).value.reveal()).toBe(ACCESS_TOKEN);
  });

  test('whose passive page is at a stranger is not asked', async () => {
    const lab = await network([pool(), adfs()]);
    const input = { ...lab.input, passiveUrl: new URL('https://evil-lab.test/PassiveAuth/PassiveAuth.aspx') };
    expect((await failure(signInBy(passiveMethod, input))).code).toBe('DOMAIN_UNTRUSTED');
    expect((await failure(postWresult(input, createCookieJar(), input.passiveUrl, new Secret(WRESULT), WCTX))).code).toBe(
      'DOMAIN_UNTRUSTED',
    );
    expect(lab.log).toEqual([]);
  });

  test('tells realm and context for those who bring a token by another way', async () => {
    const lab = await network([pool(), adfs()]);
    const jar = createCookieJar();
    const { stsUrl, realm, wctx } = await startPassive(lab.input, jar);
    expect({ host: stsUrl.host, realm, wctx }).toEqual({ host: 'sts.lab.test', realm: 'https://pool.lab.test/PassiveAuth', wctx: WCTX });
    const token = await postWresult(
      lab.input,
      jar,
      new URL('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx'),
      new Secret(WRESULT),
      wctx,
    );
    expect(token.value.reveal()).toBe(ACCESS_TOKEN);
  });
});

describe('no ticket is told', () => {
  const told: string[] = [];
  const log = { verbose: (text: string) => void told.push(text), trace: (text: string) => void told.push(text) };
  const needles = [WRESULT, encodeURIComponent(WRESULT), 'tok+en', 'rm=0', 'rm%3D0', ACCESS_TOKEN, 'FedAuth=one', 'MSISAuth='];

  test('by the log of a whole sign-in', async () => {
    const lab = await network([pool(), adfs()], { log });
    await signInBy(passiveMethod, { ...lab.input, log });
    expect(told.length).toBeGreaterThan(10);
    for (const needle of needles) expect(told.filter((line) => line.includes(needle))).toEqual([]);
  });

  test('by an error', async () => {
    const posted = on('pool.lab.test', ({ form }) => (form.has('wresult') ? { status: 500, body: WRESULT } : undefined));
    const lab = await network([posted, pool(), adfs()]);
    const { message, hint, details } = await failure(signInBy(passiveMethod, lab.input));
    for (const needle of needles) expect(JSON.stringify([message, hint, details])).not.toContain(needle);
  });
});
