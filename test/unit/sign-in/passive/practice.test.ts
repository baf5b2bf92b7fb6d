/** Passive sign-in at the practice organisation, whose AD FS and pool know nothing of the client. */
import { expect, onTestFinished, test } from 'vitest';
import { createCookieJar } from '../../../../src/http/cookies.js';
import { readSettings } from '../../../../src/lab/directory.js';
import { passiveMethod } from '../../../../src/sign-in/passive/method.js';
import { startPassive } from '../../../../src/sign-in/passive/start.js';
import { walk } from '../../../../src/sign-in/passive/walk.js';
import type { MethodInput, Token } from '../../../../src/sign-in/types.js';
import { startProxy } from '../../../support/connect-proxy.js';
import { failure } from '../../../support/failure.js';
import { type PracticeHosts, startPracticeHosts } from '../../../support/practice-hosts.js';
import { practiceInput } from '../../../support/practice-input.js';
import { signInBy } from '../../../support/sign-in-by.js';

async function organisation(faults: readonly string[]): Promise<PracticeHosts> {
  const hosts = await startPracticeHosts({ faults });
  onTestFinished(() => hosts.close());
  return hosts;
}

function signIn(hosts: PracticeHosts, identity: MethodInput['identity']): Promise<Token> {
  return signInBy(passiveMethod, practiceInput(hosts, identity));
}

test.each(
  [
    [],
    ['adfs=2012r2'],
    ['adfs=2016'],
    ['adfs=2016', 'certificate-by-redirect'],
    ['adfs=2019'],
    ['direct-token'],
    ['no-sso'],
    ['ca-hints=other'],
    ['ca-hints=empty'],
    ['ca-hints=huge'],
    ['methods=certificate'],
    ['methods=windows'],
    ['device-ask'],
    ['wide-cookies', 'cookie-chunks=3'],
    ['tls=1.2'],
    ['tls=1.3'],
    ['adfs-theme=single-quotes'],
    ['adfs-theme=reordered'],
    ['adfs-theme=extra-fields'],
    ['adfs-theme=translated'],
  ].map((faults) => [faults]),
)('with %j the card signs in', async (faults) => {
  const hosts = await organisation(faults);
  const token = await signIn(hosts, hosts.card());
  expect(token.value.reveal()).not.toBe('');
});

test.each([
  ['no-certificate', 'CERTIFICATE_NOT_ACCEPTED'],
  ['204', 'CERTIFICATE_NOT_ACCEPTED'],
  ['reset', 'NETWORK'],
  ['msis7042', 'SIGN_IN_REFUSED'],
  ['msis7102', 'METHOD_NOT_OFFERED'],
  ['mfa', 'SIGN_IN_REFUSED'],
])('AD FS that fails with %s ends in %s', async (fail, code) => {
  const hosts = await organisation([`adfs-fail=${fail}`]);
  expect(await failure(signIn(hosts, hosts.card()))).toMatchObject({ code, hint: expect.any(String) });
});

test('a card without RSA-PSS signs in where TLS has none either', async () => {
  const hosts = await organisation(['tls=no-pss']);
  const token = await signIn(hosts, hosts.card('alice', { kind: 'rsa2048', pss: false }));
  expect(token.value.reveal()).not.toBe('');
});

test("nobody's card is not accepted", async () => {
  const hosts = await organisation([]);
  expect((await failure(signIn(hosts, hosts.card(null)))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
});

test('certificates that are switched off are not offered', async () => {
  const hosts = await organisation(['methods=password']);
  expect((await failure(signIn(hosts, hosts.card()))).code).toBe('METHOD_NOT_OFFERED');
});

test.each(
  [['certificate-host'], ['certificate-host', 'certificate-by-redirect'], ['certificate-host', 'tls=1.3']].map((faults) => [faults]),
)('AD FS by its real name, with %j, sees the card as certauth only', async (faults) => {
  const hosts = await startPracticeHosts({
    faults,
    sites: { sts: 'https://sts.lab.test' },
    dnsNames: ['sts.lab.test', 'certauth.sts.lab.test'],
  });
  onTestFinished(() => hosts.close());
  const { stsPort } = readSettings(hosts.dir);
  const proxy = await startProxy({ route: () => stsPort });
  onTestFinished(() => proxy.stop());
  await signInBy(passiveMethod, practiceInput(hosts, hosts.card(), { env: { HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost' } }));

  expect(proxy.asked.map(({ url }) => url)).toContain('certauth.sts.lab.test:443');
  expect(shownAt(hosts)).toEqual(['certificate']);
});

test('whom AD FS knows already it does not ask for a certificate', async () => {
  const hosts = await organisation([]);
  const input = practiceInput(hosts, hosts.card());
  const jar = createCookieJar();
  const token = async () => await walk(input, jar, hosts.pool, (await startPassive(input, jar)).stsUrl);
  await token();
  await token();

  expect(shownAt(hosts)).toEqual(['certificate']);
});

/** At which host of AD FS a certificate was seen, at every request. */
function shownAt(hosts: PracticeHosts): (string | undefined)[] {
  return hosts.log().flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [entry.host] : []));
}
