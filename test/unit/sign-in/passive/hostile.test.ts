/** Pools and sign-in servers that want the certificate, the token or the user's time for themselves. What counts is what reached whom. */
import { describe, expect, test } from 'vitest';
import { passiveMethod } from '../../../../src/sign-in/passive/method.js';
import { failure } from '../../../support/failure.js';
import { signInBy } from '../../../support/sign-in-by.js';
import { certificatePage, escapeHtml, hidden, signInPage, tokenPage } from './adfs-pages.js';
import { type Answer, type Network, network, type Site } from './fake-adfs.js';
import { adfs, pool, redirect, signInRequest, sts, WCTX, WRESULT } from './fake-sites.js';

/** Takes whatever it gets. */
const greedy: Site = ({ host }) =>
  /evil/.test(host) ? { body: tokenPage('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx', WRESULT, WCTX) } : undefined;
const strangersAsked = ({ log }: Network) => log.filter((line) => /evil|:8443/.test(line));

const STRANGERS = [
  'https://sts.evil.test/adfs/ls/',
  'https://evil-lab.test/adfs/ls/',
  'https://certauth.evil.test/adfs/ls/',
  'https://sts.lab.test.evil.test/adfs/ls/',
  'https://certauth.sts.lab.test@sts.evil.test/adfs/ls/',
  '//sts.evil.test/adfs/ls/',
  'https:\\\\sts.evil.test\\adfs\\ls',
];

describe('forms that lead away', () => {
  test.each(STRANGERS)('a certificate page that posts to %s', async (action) => {
    const lab = await network([pool(), sts(() => ({ body: certificatePage(action) })), greedy]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'REDIRECT_REFUSED',
      hint: expect.stringMatching(/\w/),
    });
    expect(strangersAsked(lab)).toEqual([]);
    expect(lab.offered).toEqual([]);
  });

  test.each(STRANGERS)('a choice that posts to %s', async (action) => {
    const lab = await network([pool(), sts(() => ({ body: signInPage({ certificate: true, action }) })), greedy]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    expect(strangersAsked(lab)).toEqual([]);
  });

  test.each([
    ...STRANGERS,
    'https://pool.lab.test:8443/PassiveAuth/PassiveAuth.aspx',
    'https://sts.lab.test/keep',
    'http://pool.lab.test/PassiveAuth',
  ])('a token for %s', async (action) => {
    const lab = await network([pool(), sts(() => ({ body: tokenPage(action, WRESULT, WCTX) })), greedy]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    expect(lab.asked.some(({ form, query }) => form.has('wresult') || query.has('wresult'))).toBe(false);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'http://sts.lab.test/adfs/ls/'])(
    'an action of %s',
    async (action) => {
      const lab = await network([pool(), sts(() => ({ body: certificatePage(action) }))]);
      expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    },
  );

  test('an address that is none', async () => {
    const lab = await network([pool(), sts(() => ({ body: certificatePage('https://[') }))]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('SERVER_ERROR');
  });

  test('a form that would put the token into an address is not sent', async () => {
    const page = `<form action="https://pool.lab.test/PassiveAuth/PassiveAuth.aspx">${hidden('wresult', WRESULT)}</form>`;
    const lab = await network([pool(), sts(() => ({ body: page }))]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('SERVER_ERROR');
    expect(lab.asked.some(({ query }) => query.has('wresult'))).toBe(false);
  });

  test('a form for one server is not carried on to another by a sign-in request', async () => {
    const away = signInRequest('https://partner.lab.test');
    const lab = await network([pool(), sts(() => ({ body: certificatePage(away) })), adfs({ sts: 'partner.lab.test' })]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    expect(lab.log.some((line) => line.includes('partner'))).toBe(false);
  });
});

describe('redirects that lead away', () => {
  test.each([302, 303, 307, 308])('status %i from the certificate page to a stranger', async (status) => {
    const away = sts(({ method }) =>
      method === 'POST' ? redirect('https://certauth.evil.test/adfs/ls/', status) : { body: certificatePage('/adfs/ls/?x=1') },
    );
    const lab = await network([pool(), away, greedy]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    expect(strangersAsked(lab)).toEqual([]);
    expect(lab.offered).toEqual([]);
  });

  test('to http', async () => {
    const lab = await network([pool(), sts(() => redirect('http://sts.lab.test/adfs/ls/'))]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'REDIRECT_REFUSED',
      message: expect.stringContaining('not https'),
    });
  });

  test.each(['https://sts.evil.test', 'https://evil-lab.test'])('from the pool to the AD FS of another domain: %s', async (elsewhere) => {
    const lab = await network([pool(elsewhere), greedy]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('DOMAIN_UNTRUSTED');
    expect(strangersAsked(lab)).toEqual([]);
  });

  test('an AD FS of another domain that a person named is used', async () => {
    const lab = await network([pool('https://sts.evil.test'), adfs({ sts: 'sts.evil.test', certificateHost: '49443' })], {
      trustDomains: ['evil.test'],
    });
    await signInBy(passiveMethod, lab.input);
    expect(lab.offered.map(({ host }) => host)).toEqual(['sts.evil.test:49443']);
  });

  test('a token is not carried on by a 307 of the pool', async () => {
    const thief: Site = ({ host, method }) =>
      host === 'pool.lab.test' && method === 'POST' ? redirect('https://sts.evil.test/take', 307) : undefined;
    const lab = await network([thief, pool(), adfs(), greedy]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    expect(strangersAsked(lab)).toEqual([]);
  });

  test('a 307 within the pool does not deliver the token twice', async () => {
    const again: Site = ({ host, method, path }) =>
      host === 'pool.lab.test' && method === 'POST' && path.startsWith('/PassiveAuth') ? redirect('/elsewhere', 307) : undefined;
    const lab = await network([again, pool(), adfs()]);
    await failure(signInBy(passiveMethod, lab.input));
    expect(lab.asked.filter(({ form }) => form.has('wresult')).length).toBe(1);
  });
});

describe('ways without an end', () => {
  test('redirects to ever new addresses end after 20 steps', async () => {
    const count = counter();
    const lab = await network([pool(), sts(() => redirect(`/adfs/ls/?n=${count.next()}`))]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'REDIRECT_REFUSED',
      message: expect.stringContaining('20 steps'),
    });
    expect(count.value()).toBe(20);
  });

  test('a redirect to itself ends at once', async () => {
    const lab = await network([pool(), sts(() => redirect('/adfs/ls/?same=1'))]);
    expect((await failure(signInBy(passiveMethod, lab.input))).message).toContain('comes back to where it was');
    expect(lab.log.length).toBe(3);
  });

  test('a certificate page that shows up again and again is answered twice', async () => {
    const count = counter();
    const again: Site = ({ host }) =>
      host.endsWith('sts.lab.test') ? { body: certificatePage(`https://certauth.sts.lab.test/adfs/ls/?n=${count.next()}`) } : undefined;
    const lab = await network([pool(), again]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
    expect(lab.offered.length).toBe(2);
  });

  test('to and fro between page and certificate ends after two visits', async () => {
    const count = counter();
    const fro: Site = ({ host }) => {
      if (host === 'sts.lab.test') return redirect(`https://certauth.sts.lab.test/adfs/ls/?n=${count.next()}`);
      return host === 'certauth.sts.lab.test' ? redirect(`https://sts.lab.test/adfs/ls/?n=${count.next()}`) : undefined;
    };
    const lab = await network([pool(), fro]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
    expect(lab.offered.length).toBe(2);
  });

  test('pages that are never the next step end as such', async () => {
    const count = counter();
    const lab = await network([pool(), sts(() => ({ body: signInPage({ certificate: true, action: `/adfs/ls/?n=${count.next()}` }) }))]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('METHOD_NOT_OFFERED');
    expect(count.value()).toBe(3);
  });

  test('a pool that redirects in circles', async () => {
    const count = counter();
    const lab = await network([({ host }) => (host === 'pool.lab.test' ? redirect(`/PassiveAuth/?n=${count.next()}`) : undefined)]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('REDIRECT_REFUSED');
    expect(count.value()).toBe(6);
  });

  test('a certificate host that never answers ends with the time-out', async () => {
    const hang: Site = ({ host }) => (host.startsWith('certauth.') ? { hang: true } : undefined);
    const lab = await network([hang, pool(), adfs()], { timeoutMs: 300 });
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'TIMEOUT',
      hint: expect.stringContaining('port 443 of certauth.sts.lab.test'),
    });
  });
});

describe('pages that are more than pages', () => {
  test('a meta refresh and scripts do nothing', async () => {
    const away = 'https://sts.evil.test/adfs/ls/';
    const body = `<meta http-equiv="refresh" content="0;url=${away}"><base href="${away}"><script>location="${away}";document.write('${certificatePage(away).replaceAll('</script>', '')}')</script>`;
    const lab = await network([pool(), sts(() => ({ body, headers: { Refresh: `0;url=${away}` } })), greedy]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('METHOD_NOT_OFFERED');
    expect(strangersAsked(lab)).toEqual([]);
  });

  test('a base element does not move where a form leads', async () => {
    const own = adfs({ via: '307' });
    const lab = await network([pool(), (asked) => moved(own(asked)), greedy]);
    await signInBy(passiveMethod, lab.input);
    expect(strangersAsked(lab)).toEqual([]);
  });

  test('more than 512 KiB is not read', async () => {
    const lab = await network([pool(), sts(() => ({ body: '<p>'.repeat(200_000) }))]);
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('RESPONSE_TOO_LARGE');
  });

  test.each([
    '<div>',
    '<p><b>',
    '<table>',
    '<form method="post">',
    '<input name="a" type="hidden">',
    '<b a=1>',
    '&amp;',
    '<!--',
    '<svg><title>',
  ])('half a MiB of %s is done with in no time', async (piece) => {
    const body = piece.repeat(Math.floor((510 * 1024) / piece.length));
    const lab = await network([pool(), sts(() => ({ body }))]);
    const before = process.cpuUsage().user;
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('SERVER_ERROR');
    expect(process.cpuUsage().user - before).toBeLessThan(10_000_000);
  });

  test('what a server writes is shown short, on one line, and without what it should not know', async () => {
    const body = `<div id="errorMessage">${escapeHtml(`line\n\u001b[2J\u202e${'x'.repeat(5000)}`)}</div>`;
    const lab = await network([pool(), sts(() => ({ body }))]);
    const { message } = await failure(signInBy(passiveMethod, lab.input));
    expect(message).toMatch(/^sts\.lab\.test refuses the sign-in: line /);
    expect(message).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(message.length).toBeLessThan(300);
  });
});

function moved(answer: Answer | undefined): Answer | undefined {
  return answer?.body === undefined
    ? answer
    : { ...answer, body: answer.body.replace('<head>', '<head><base href="https://sts.evil.test/">') };
}

function counter(): { next(): number; value(): number } {
  let count = 0;
  return {
    next: () => {
      count += 1;
      return count;
    },
    value: () => count,
  };
}
