/** Passive sign-in from the first address to the pool's token, at every generation of AD FS and with what its administrators change about it. */
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { passiveMethod } from '../../../../src/sign-in/passive/method.js';
import { failure } from '../../../support/failure.js';
import { signInBy } from '../../../support/sign-in-by.js';
import { tokenPage } from './adfs-pages.js';
import { type Network, type NetworkOptions, network, type Site } from './fake-adfs.js';
import { ACCESS_TOKEN, adfs, pool, redirect, signInRequest, type Traits, WCTX, WRESULT } from './fake-sites.js';

const CERTIFICATE_HOSTS = ['certauth.sts.lab.test', 'sts.lab.test:49443'];

/** The card is held ready only where certificates are asked for, and never for https://sts.lab.test/adfs/ls/. */
function expectCardOnlyAtItsPlace({ offered, asked }: Network): void {
  for (const { host, pathname } of offered) {
    expect(CERTIFICATE_HOSTS.includes(host) || (host === 'sts.lab.test' && pathname === '/adfs/ls/auth/sslclient/')).toBe(true);
  }
  for (const { host, shown } of asked) if (shown !== undefined) expect(CERTIFICATE_HOSTS).toContain(host);
}

const GENERATIONS: [string, Partial<Traits>, NetworkOptions?][] = [
  ['2012 R2 with the certificate on port 49443', { generation: '2012R2', certificateHost: '49443' }, { maxVersion: 'TLSv1.2' }],
  ['2016 with certauth', { generation: '2016' }, { maxVersion: 'TLSv1.2' }],
  ['2016 with certauth by a 307', { generation: '2016', via: '307' }],
  ['2016 with port 49443 by a 307', { generation: '2016', certificateHost: '49443', via: '307' }],
  ['2019 with its paginated page', { generation: '2019' }],
  ['2019 with port 49443', { generation: '2019', certificateHost: '49443' }],
  ['2022 over TLS 1.3', { generation: '2022' }, { maxVersion: 'TLSv1.3' }],
  ['a policy that allows only certificates', { generation: '2022', methods: 'certificateOnly' }],
  ['the token from the certificate host itself', { generation: '2022', result: 'direct' }],
  ['Windows sign-in first, past which the certificate is asked for directly', { generation: '2016', methods: 'windows' }],
  ['2.0 with TlsClient first', { generation: '2.0', certificateHost: 'sslclient', result: 'direct', methods: 'certificateOnly' }],
  ['2.0 with its password page first', { generation: '2.0', certificateHost: 'sslclient', result: 'direct', methods: 'all' }],
  ['443 asking devices for certificates too', { generation: '2019' }, { asks: () => true }],
];

describe('the card signs in at AD FS', () => {
  test.each(GENERATIONS)('%s', async (_name, traits, options) => {
    const lab = await network([pool(), adfs(traits)], options);
    const token = await signInBy(passiveMethod, lab.input);
    expect(token.value.reveal()).toBe(ACCESS_TOKEN);
    expect(token.expiresAt.getTime()).toBeGreaterThan(Date.now());
    expect(lab.offered.length).toBeGreaterThan(0);
    if (traits.certificateHost !== 'sslclient') expect(lab.log.some((line) => line.endsWith(' +card'))).toBe(true);
    expectCardOnlyAtItsPlace(lab);
  });

  test.each(['singleQuotes', 'reordered', 'extraFields', 'translated', 'upperCase'] as const)('with a theme of %s', async (theme) => {
    for (const generation of ['2016', '2019'] as const) {
      const lab = await network([pool(), adfs({ generation, theme, via: '307' })]);
      expect((await signInBy(passiveMethod, lab.input)).value.reveal()).toBe(ACCESS_TOKEN);
    }
  });

  test('a server that wants the certificate late, and cuts a POST under TLS 1.3, is asked once more with TLS 1.2', async () => {
    const late: Site = ({ host, query }) =>
      host === 'sts.lab.test:49443'
        ? {
            write: (response) => {
              if ((response.socket as TLSSocket).getProtocol() === 'TLSv1.3') response.socket?.destroy();
              else response.end(tokenPage('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx', WRESULT, query.get('wctx') ?? undefined));
            },
          }
        : undefined;
    const lab = await network([pool(), late, adfs({ certificateHost: '49443' })], { asks: () => false });
    expect((await signInBy(passiveMethod, lab.input)).value.reveal()).toBe(ACCESS_TOKEN);
    const there = lab.asked.filter(({ host }) => host === 'sts.lab.test:49443');
    expect(there.map(({ method, form }) => [method, form.has('wresult')])).toEqual([
      ['POST', false],
      ['POST', false],
    ]);
  });

  test('fields that a theme adds come back with the form', async () => {
    const lab = await network([pool(), adfs({ theme: 'extraFields' })]);
    await signInBy(passiveMethod, lab.input);
    const sent = lab.asked.map(({ form }) => form.get('ThemeState')).filter((value) => value !== null);
    expect(sent).toEqual(['x', 'a&b']);
  });

  test('cookies of AD FS never reach the pool, and those of the pool never AD FS', async () => {
    const lab = await network([pool(), adfs()]);
    await signInBy(passiveMethod, lab.input);
    for (const { host, cookies } of lab.asked) {
      const names = Object.keys(cookies).join(' ');
      if (host === 'pool.lab.test') expect(names).not.toMatch(/MSIS/);
      else expect(names).not.toMatch(/FedAuth/);
    }
    expect(lab.asked.filter(({ cookies }) => cookies.MSISAuth !== undefined).map(({ host }) => host)).toEqual(['sts.lab.test']);
  });
});

describe('the certificate does not lead in', () => {
  test.each<[Traits['fail'], string, string, number?]>([
    ['noCertificate', 'CERTIFICATE_NOT_ACCEPTED', 'No valid client certificate found'],
    ['204', 'CERTIFICATE_NOT_ACCEPTED', 'does not trust the CA'],
    ['forbidden', 'CERTIFICATE_NOT_ACCEPTED', 'does not accept the certificate on the card'],
    ['signInAgain', 'CERTIFICATE_NOT_ACCEPTED', 'does not sign its holder in'],
    ['secondFactor', 'SIGN_IN_REFUSED', 'a second proof beside the certificate (AzureMfaAuthentication)'],
    ['reset', 'NETWORK', 'where AD FS asks for the certificate'],
  ])('%s', async (fail, code, words) => {
    const lab = await network([pool(), adfs({ fail })]);
    const error = await failure(signInBy(passiveMethod, lab.input));
    expect(error).toMatchObject({ code, message: expect.stringContaining(words), hint: expect.stringMatching(/\w/) });
    expect(lab.asked.some(({ form }) => form.has('wresult'))).toBe(false);
    expect(lab.log.filter((line) => line.endsWith('+card')).length).toBeLessThanOrEqual(2);
  });

  test('the error page gives its Activity ID for the administrator, whatever its language', async () => {
    const lab = await network([pool(), adfs({ fail: 'noCertificate' })]);
    const error = await failure(signInBy(passiveMethod, lab.input));
    expect(error.details.activityId).toBe('00000000-0000-0000-5000-0080000000d0');
    expect(error.hint).toContain('00000000-0000-0000-5000-0080000000d0');
  });

  test('a refusal while the clocks differ is about the clock', async () => {
    const now = () => new Date(Date.now() + 3_600_000);
    const lab = await network([pool(), adfs({ fail: 'noCertificate' })], { now });
    expect((await failure(signInBy(passiveMethod, lab.input))).code).toBe('CLOCK_SKEW');
  });

  test('the sign-in page of a location where certificates are off names what is offered', async () => {
    const lab = await network([pool(), adfs({ methods: 'noCertificate' })]);
    const error = await failure(signInBy(passiveMethod, lab.input));
    expect(error).toMatchObject({ code: 'METHOD_NOT_OFFERED', details: { offered: ['FormsAuthentication'] } });
    expect(lab.offered).toEqual([]);
  });

  test('a closed certificate port is named with its number', async () => {
    const lab = await network([pool(), adfs({ certificateHost: '49443' })], { closed: ['sts.lab.test:49443'] });
    const error = await failure(signInBy(passiveMethod, lab.input));
    expect(error).toMatchObject({
      code: 'NETWORK',
      hint: expect.stringContaining('port 49443 of sts.lab.test'),
      details: { certificateHost: 'sts.lab.test:49443' },
    });
  });

  test('AD FS that insists on Windows sign-in is said to', async () => {
    const windows: Site = ({ host }) =>
      host === 'sts.lab.test' ? { status: 401, headers: { 'WWW-Authenticate': 'Negotiate' } } : undefined;
    const lab = await network([pool(), windows]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
      message: expect.stringContaining('Windows sign-in'),
    });
    expect(lab.log.length).toBe(3);
  });
});

test('the page of the pool is asked for once, before there is a proof', async () => {
  const lab = await network([pool(), adfs()]);
  const signIn = await passiveMethod.prepare(lab.input);
  expect(lab.log).toEqual(['GET pool.lab.test/PassiveAuth/PassiveAuth.aspx']);
  await signIn(lab.input);
  // The last one is where a browser goes on to with its cookies.
  expect(lab.log.filter((line) => line.startsWith('GET pool.lab.test'))).toHaveLength(2);
});

describe('who can use it', () => {
  test('not without a card', async () => {
    const lab = await network([pool(), adfs()]);
    const input = { ...lab.input, identity: undefined };
    expect(passiveMethod.unavailable(input)).toBe('there is no card to sign in with');
    expect((await failure(signInBy(passiveMethod, input))).code).toBe('METHOD_NOT_OFFERED');
    expect(lab.log).toEqual([]);
  });

  test('not at a pool without passive sign-in', async () => {
    const lab = await network([pool(), adfs()]);
    expect(passiveMethod.unavailable({ ...lab.input, passiveUrl: undefined })).toBe('the pool offers no passive sign-in');
    expect(passiveMethod.unavailable(lab.input)).toBeUndefined();
  });
});

describe('an AD FS that trusts another one', () => {
  const PARTNER = 'https://partner.lab.test';
  const back = 'https://sts.lab.test/adfs/ls/?back=1';
  const first =
    (partner: string): Site =>
    ({ host, method, form }) => {
      if (host !== 'sts.lab.test') return undefined;
      if (method === 'GET') return redirect(signInRequest(partner, 'https://sts.lab.test/adfs/services/trust', 'inner'));
      if (form.get('wresult') !== 'partner token' || form.get('wctx') !== 'inner') return { status: 500 };
      return { body: tokenPage('https://pool.lab.test/PassiveAuth/PassiveAuth.aspx', WRESULT, WCTX) };
    };

  test('the card signs in there, and each token goes to who asked for it', async () => {
    const lab = await network([pool(), first(PARTNER), adfs({ sts: 'partner.lab.test' }, back, 'partner token')]);
    expect((await signInBy(passiveMethod, lab.input)).value.reveal()).toBe(ACCESS_TOKEN);
    expect(lab.offered.map(({ host }) => host)).toEqual(['certauth.partner.lab.test']);
  });

  test('one of another domain is refused before anything is sent there', async () => {
    const lab = await network([pool(), first('https://sts.evil.test'), adfs({ sts: 'sts.evil.test' }, back, 'partner token')]);
    expect(await failure(signInBy(passiveMethod, lab.input))).toMatchObject({
      code: 'DOMAIN_UNTRUSTED',
      details: { host: 'sts.evil.test' },
    });
    expect(lab.log.filter((line) => line.includes('evil'))).toEqual([]);
  });
});
