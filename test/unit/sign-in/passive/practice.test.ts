/** Passive sign-in at the practice organisation, whose AD FS and pool know nothing of the client. */
import { afterEach, expect, test } from 'vitest';
import { createHttpClient } from '../../../../src/http/client.js';
import { parseAddress } from '../../../../src/sign-in/address.js';
import { passiveMethod } from '../../../../src/sign-in/passive/method.js';
import { createTrustRule } from '../../../../src/sign-in/trust-rule.js';
import type { MethodInput, Token } from '../../../../src/sign-in/types.js';
import { failure } from '../../../support/failure.js';
import { type PracticeHosts, startPracticeHosts } from '../../../support/practice-hosts.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function organisation(faults: readonly string[]): Promise<PracticeHosts> {
  const hosts = await startPracticeHosts({ faults });
  ends.push(() => hosts.close());
  return hosts;
}

function signIn(hosts: PracticeHosts, identity: MethodInput['identity']): Promise<Token> {
  const http = createHttpClient({ caFile: hosts.caFile, env: {}, timeoutMs: 5000 });
  ends.push(() => http.close());
  const address = parseAddress('alice@lab.test');
  return passiveMethod.signIn({
    http,
    log: undefined,
    address,
    trust: createTrustRule(address, { trustDomains: ['localhost'] }),
    tokenUrl: new URL('/WebTicket/oauthtoken', hosts.pool),
    passiveUrl: new URL('/PassiveAuth/PassiveAuth.aspx', hosts.pool),
    identity,
    password: undefined,
    now: () => new Date(),
  });
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
