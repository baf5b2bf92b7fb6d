/** Passive sign-in where nginx or apache speaks TLS for AD FS, and asks for the card's certificate early or late. */
import { appendFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { createHttpClient } from '../../src/http/client.js';
import { parseAddress } from '../../src/sign-in/address.js';
import { passiveMethod } from '../../src/sign-in/passive/method.js';
import { createTrustRule } from '../../src/sign-in/trust-rule.js';
import type { Token } from '../../src/sign-in/types.js';
import type { ClientIdentity } from '../../src/signer.js';
import { type FrontEndOptions, startBehindFrontEnd } from '../support/adfs-front-end.js';
import { TLS_VERSIONS } from '../support/client-auth.js';
import { failure } from '../support/failure.js';
import { createAuthority } from '../support/loopback-https.js';
import type { PracticeHosts } from '../support/practice-hosts.js';

const authority = createAuthority();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function organisation(options: Omit<FrontEndOptions, 'identity'>): Promise<PracticeHosts> {
  const hosts = await startBehindFrontEnd({ ...options, identity: authority.identity() });
  ends.push(() => hosts.close());
  appendFileSync(hosts.caFile, authority.pem);
  return hosts;
}

function signIn(hosts: PracticeHosts, identity: ClientIdentity): Promise<Token> {
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

/** Where AD FS saw a certificate, and over which TLS. */
function shown(hosts: PracticeHosts): (string | undefined)[][] {
  return hosts
    .log()
    .flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [[entry.host, entry.path, entry.tlsVersion]] : []));
}

const early = [
  ['nginx', 'p256'],
  ['nginx', 'rsa2048'],
  ['apache', 'p256'],
  ['apache', 'rsa2048'],
] as const;

test.each(early)('behind %s that asks in the handshake, a card with a %s key signs in', async (program, kind) => {
  const hosts = await organisation({ program, protocols: TLS_VERSIONS });
  await signIn(hosts, hosts.card('alice', { kind }));

  expect(shown(hosts)).toEqual([['certificate', '/adfs/ls/', 'TLSv1.3']]);
});

test.each([
  ['TLS 1.2', ['TLSv1.2']],
  ['TLS 1.3, which the client gives up for it', TLS_VERSIONS],
] as const)('behind apache that asks late, at the path of AD FS 2.0, a card signs in over %s', async (_, protocols) => {
  const hosts = await organisation({ program: 'apache', protocols, late: true });
  await signIn(hosts, hosts.card());

  expect(shown(hosts)).toEqual([['sts', '/adfs/ls/auth/sslclient/', 'TLSv1.2']]);
});

test.each(['nginx', 'apache'] as const)('behind %s, a card of another organisation is not accepted', async (program) => {
  const hosts = await organisation({ program, protocols: TLS_VERSIONS });
  const foreign = await organisation({ program, protocols: TLS_VERSIONS });

  expect((await failure(signIn(hosts, foreign.card()))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
  expect(hosts.log().some((entry) => entry.event === 'http' && entry.note === 'the certificate is of an unknown issuer')).toBe(true);
});
