/** Servers of other domains, which discovery, the pool or its AD FS names: what they receive, and whether the card was used. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NamedNetwork, PLACE, startNamedNetwork } from '../../support/named-network.js';
import type { RecordedAnswers } from '../../support/recorder.js';
import { secretFile } from '../../support/secret-files.js';

const ALICE = 'alice@lab.test';
const EXTERNAL = 'lyncdiscover.lab.test';
const USER = '/Autodiscover/AutodiscoverService.svc/root/oauth/user';
const userLink = (origin: string) => ({ body: { _links: { user: { href: `${origin}${USER}` } } } });
const redirect = (to: string) => ({ status: 302, headers: { Location: to } });
const discoveryAnswers = (answer: RecordedAnswers[string]): RecordedAnswers => ({ [`https://${EXTERNAL}`]: answer });
const overHttp = (answer: RecordedAnswers[string]): RecordedAnswers => ({ [`http://${EXTERNAL}`]: answer });

/** The pool itself is a recorder, taken over by somebody, and answers so; discovery is right. */
const poolAnswers = (answers: Record<string, RecordedAnswers[string]>): RecordedAnswers => ({
  ...discoveryAnswers(userLink('https://pool.lab.test')),
  ...Object.fromEntries(Object.entries(answers).map(([path, answer]) => [`https://pool.lab.test${path}`, answer])),
});
const asksForToken = (tokens: string) => ({
  status: 401,
  headers: { 'WWW-Authenticate': `MsRtcOAuth href="${tokens}",grant_type="urn:microsoft.rtc:passive,password"` },
});
const passiveAt = (url: string) => ({ status: 400, body: { error: 'invalid_grant', ms_rtc_passiveauthuri: url } });

let network: NamedNetwork;
beforeAll(async () => {
  network = await startNamedNetwork();
});
afterAll(() => network?.close());

/** With a PIN that the card would refuse, and say so. */
const signIn = (...args: string[]) =>
  network.run(['sign-in', '--json', '--no-input', ALICE, ...args], {
    env: { LYNCAUTH_PIN_FILE: secretFile(network.lab.dir, 'wrong-pin', '000111') },
  });

async function expectRefused(host: string): Promise<void> {
  const run = await signIn();
  expect(run.json().error).toMatchObject({ code: 'DOMAIN_UNTRUSTED', message: expect.stringContaining(host), details: { host } });
  expect(run.code).toBe(9);
  expect([...network.lab.card.calls('C_Login'), ...network.lab.card.calls('C_Sign')]).toEqual([]);
  expect(network.received(PLACE.wrong)).toEqual([]);
}

/** All that a recorder got was questions that anybody may ask. */
function expectNothingSecret(address: string): void {
  for (const each of network.received(address)) {
    if (each.event !== 'request') continue;
    expect(Object.keys(each.headers)).not.toEqual(expect.arrayContaining([expect.stringMatching(/authorization|cookie|ticket/i)]));
    expect(each).not.toHaveProperty('certificate');
    expect(['', 'grant_type=urn%3Amicrosoft.rtc%3Apassive']).toContain(each.body);
  }
}

describe('a pool of another domain is refused without a connection, whoever names it', () => {
  test.each([
    ['discovery, a look-alike in front', discoveryAnswers(userLink('https://pool.evil-lab.test')), 'pool.evil-lab.test'],
    ['discovery, the domain in front', discoveryAnswers(userLink('https://pool.lab.test.evil.test')), 'pool.lab.test.evil.test'],
    ['plain HTTP', overHttp(userLink('https://pool.evil-lab.test')), 'pool.evil-lab.test'],
    ['plain HTTP, for unencrypted questions', overHttp(userLink('http://pool.lab.test')), 'pool.lab.test'],
    ['the user resource, by redirect', poolAnswers({ [USER]: redirect(`https://pool.evil-lab.test${USER}`) }), 'pool.evil-lab.test'],
    [
      'the user resource, by link',
      poolAnswers({ [USER]: { body: { _links: { redirect: { href: `https://pool.evil-lab.test${USER}` } } } } }),
      'pool.evil-lab.test',
    ],
    [
      'the pool, for its page to sign in',
      poolAnswers({
        [USER]: asksForToken('https://pool.lab.test/oauthtoken'),
        '/oauthtoken': passiveAt('https://pool.evil-lab.test/PassiveAuth/PassiveAuth.aspx'),
      }),
      'pool.evil-lab.test',
    ],
  ])('%s', async (_, answers, host) => {
    network.begin({ [EXTERNAL]: PLACE.front, 'pool.lab.test': PLACE.front }, answers);
    await expectRefused(host);
    expectNothingSecret(PLACE.front);
  });

  test('a discovery service of another domain may lead there, but gets no more than the question', async () => {
    network.begin(
      { [EXTERNAL]: PLACE.front },
      {
        ...overHttp(redirect('https://lyncdiscover.evil-lab.test/')),
        'https://lyncdiscover.evil-lab.test': userLink('https://pool.evil-lab.test'),
      },
    );
    const run = await signIn();
    expect([run.code, run.json().error.code]).toEqual([9, 'DOMAIN_UNTRUSTED']);
    const requests = network.received(PLACE.wrong).flatMap((each) => (each.event === 'request' ? [each.request] : []));
    expect(requests).toEqual([`GET https://lyncdiscover.evil-lab.test/?sipuri=alice%40lab.test`]);
    expectNothingSecret(PLACE.wrong);
  });
});

describe('what the right pool says is not believed either', () => {
  test.each([
    ['its tokens are to be had in another domain', 'foreign-tokens', 'pool.elsewhere.invalid'],
    ['its AD FS is in another domain', 'foreign-sts', 'sts.elsewhere.invalid'],
  ])('%s', async (_, fault, host) => {
    network.begin({ [EXTERNAL]: PLACE.pool }, {}, [fault]);
    await expectRefused(host);
  });

  test('that its AD FS is in another domain, with the method certificate', async () => {
    network.begin({ [EXTERNAL]: PLACE.pool }, {}, ['foreign-sts']);
    const run = await signIn('--method', 'certificate');
    expect([run.code, run.json().error.code]).toEqual([9, 'DOMAIN_UNTRUSTED']);
    expect(network.lab.card.calls('C_Login')).toEqual([]);
    expect(network.received(PLACE.wrong)).toEqual([]);
  });

  test('that the user is at home at a server of another domain: the token stays with the pool', async () => {
    network.begin({ [EXTERNAL]: PLACE.pool }, {}, ['homed-elsewhere']);
    const run = await network.run(['sign-in', '--json', '--no-input', ALICE]);
    expect(run.json().error).toMatchObject({ code: 'DOMAIN_UNTRUSTED', details: { host: '127.0.0.1' } });
    expect(run.code).toBe(9);
    expect(network.received('127.0.0.1')).toEqual([]);
  });
});

describe('--trust-domain', () => {
  const hosted = () => network.begin({ [EXTERNAL]: PLACE.front }, discoveryAnswers(userLink('https://pool.hosted.test')));

  test('lets the card sign in at a pool and an AD FS of that domain', async () => {
    hosted();
    const run = await network.run(['sign-in', '--json', '--no-input', ALICE, '--trust-domain', 'hosted.test']);
    expect(run.json()).toMatchObject({ ok: true, result: { server: 'https://pool.hosted.test', method: 'passive' } });
    expect(network.memory().trustedDomains(ALICE)).toEqual([]);
  });

  test('of an AD FS shows it the card, which proves that a recorder would have told', async () => {
    const page = `<html><form method="post" action="https://certauth.sts.elsewhere.invalid/adfs/ls/"><input type="hidden" name="AuthMethod" value="CertificateAuthentication"><input type="hidden" name="RetrieveCertificate" value="1"></form></html>`;
    network.begin({ [EXTERNAL]: PLACE.pool }, { 'https://sts.elsewhere.invalid': { body: page } }, ['foreign-sts']);
    const run = await network.run(['sign-in', '--json', '--no-input', ALICE, '--trust-domain', 'elsewhere.invalid', '--method', 'passive']);
    expect(run.code).not.toBe(0);
    const shown = network
      .received(PLACE.wrong)
      .flatMap((each) => (each.event === 'request' ? [[each.request.split('?')[0], each.certificate]] : []));
    expect(shown).toEqual([
      ['GET https://sts.elsewhere.invalid/adfs/ls/', undefined],
      ['POST https://certauth.sts.elsewhere.invalid/adfs/ls/', 'Alice Example'],
    ]);
  });

  test.each(['pool.hosted.test', 'test', 'osted.test'])('of %s does not', async (domain) => {
    hosted();
    const run = await signIn('--trust-domain', domain);
    expect([run.code, run.json().error.code]).toEqual([9, 'DOMAIN_UNTRUSTED']);
    expect(network.lab.card.calls('C_Login')).toEqual([]);
  });

  test('is not needed for the host of --server, and is for its AD FS', async () => {
    hosted();
    const run = await signIn('--server', 'https://pool.hosted.test');
    expect(run.json().error).toMatchObject({ code: 'DOMAIN_UNTRUSTED', details: { host: 'sts.hosted.test' } });
    expect(run.code).toBe(9);
    expect(network.received(PLACE.front)).toEqual([]);
  });
});
