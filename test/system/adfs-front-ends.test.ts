/** Passive sign-in where nginx or apache speaks TLS for AD FS, and asks for the card's certificate early or late. */
import { appendFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { Progress } from '../../src/context.js';
import { type SignInRequest, signIn } from '../../src/sign-in/sign-in.js';
import type { Session } from '../../src/sign-in/types.js';
import type { ClientIdentity } from '../../src/signer.js';
import { statePaths } from '../../src/store/paths.js';
import { type FrontEndOptions, startBehindFrontEnd } from '../support/adfs-front-end.js';
import { TLS_VERSIONS } from '../support/client-auth.js';
import { failure } from '../support/failure.js';
import { createAuthority } from '../support/loopback-https.js';
import type { PracticeHosts } from '../support/practice-hosts.js';
import { practiceInput } from '../support/practice-input.js';

const authority = createAuthority();

async function organisation(options: Omit<FrontEndOptions, 'identity'>): Promise<PracticeHosts> {
  const hosts = await startBehindFrontEnd({ ...options, identity: authority.identity() });
  onTestFinished(() => hosts.close());
  appendFileSync(hosts.caFile, authority.pem);
  return hosts;
}

/** The whole sign-in, to the session at the pool. */
async function signInAt(hosts: PracticeHosts, identity: ClientIdentity): Promise<Session> {
  const { http, address, trust, log, now } = practiceInput(hosts, identity);
  const proof = { identity, password: undefined };
  const request: SignInRequest = {
    address,
    server: hosts.pool,
    trust,
    method: 'passive',
    credentials: { preview: proof, unlock: async () => proof },
    user: address.text,
    certificate: undefined,
  };
  const plain = () => Promise.reject(new Error('everything is https here'));
  return await signIn(request, { http, plain, log, now, paths: statePaths({ HOME: hosts.dir }), progress: silent });
}

const silent: Progress = { step: (_label, work) => work(), note: () => {}, warn: () => {}, blocking: (call) => call() };

/** Where AD FS saw a certificate, and over which TLS. */
function shown(hosts: PracticeHosts): (string | undefined)[][] {
  return hosts
    .log()
    .flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [[entry.host, entry.path, entry.tlsVersion]] : []));
}

/** Programs, the versions of TLS that they speak, the card's key, and the version in which the card is shown. */
const early = [
  ['nginx', TLS_VERSIONS, 'p256', 'TLSv1.3'],
  ['nginx', TLS_VERSIONS, 'rsa2048', 'TLSv1.3'],
  ['nginx', ['TLSv1.2'], 'p256', 'TLSv1.2'],
  ['nginx', ['TLSv1.2'], 'rsa2048', 'TLSv1.2'],
  ['nginx', ['TLSv1.3'], 'rsa2048', 'TLSv1.3'],
  ['apache', TLS_VERSIONS, 'p256', 'TLSv1.3'],
  ['apache', TLS_VERSIONS, 'rsa2048', 'TLSv1.3'],
  ['apache', ['TLSv1.2'], 'rsa2048', 'TLSv1.2'],
] as const;

test.each(early)(
  'behind %s that speaks %j and asks in the handshake, a card with a %s key signs in',
  async (program, protocols, kind, tls) => {
    const hosts = await organisation({ program, protocols });
    const session = await signInAt(hosts, hosts.card('alice', { kind }));

    expect(session).toMatchObject({ address: 'alice@lab.test', method: 'passive' });
    expect(shown(hosts)).toEqual([['certificate', '/adfs/ls/', tls]]);
  },
);

test.each([
  ['TLS 1.2', ['TLSv1.2'], 'rsa2048'],
  ['TLS 1.2', ['TLSv1.2'], 'p256'],
  ['TLS 1.3, which the client gives up for it', TLS_VERSIONS, 'rsa2048'],
  ['TLS 1.3, which the client gives up for it', TLS_VERSIONS, 'p256'],
] as const)('behind apache that asks late, at the path of AD FS 2.0, over %s, a card signs in (%j, %s)', async (_, protocols, kind) => {
  const hosts = await organisation({ program: 'apache', protocols, late: true });
  const session = await signInAt(hosts, hosts.card('alice', { kind }));

  expect(session).toMatchObject({ address: 'alice@lab.test', method: 'passive' });
  expect(shown(hosts)).toEqual([['sts', '/adfs/ls/auth/sslclient/', 'TLSv1.2']]);
});

test('behind apache that asks late and speaks TLS 1.3 only, it is said what to change, and no card is seen', async () => {
  const hosts = await organisation({ program: 'apache', protocols: ['TLSv1.3'], late: true });
  const error = await failure(signInAt(hosts, hosts.card()));

  expect(error).toMatchObject({
    code: 'METHOD_NOT_OFFERED',
    message: `${hosts.sts.host} refuses (status 403) without having asked for the certificate on the card (seen from inside the organisation)`,
    hint: expect.stringContaining('to allow TLS 1.2 there'),
  });
  expect(shown(hosts)).toEqual([]);
});

test.each(['nginx', 'apache'] as const)('behind %s, a card of another organisation is not accepted', async (program) => {
  const hosts = await organisation({ program, protocols: TLS_VERSIONS });
  const foreign = await organisation({ program, protocols: TLS_VERSIONS });

  expect((await failure(signInAt(hosts, foreign.card()))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
  expect(hosts.log().some((entry) => entry.event === 'http' && entry.note === 'the certificate is of an unknown issuer')).toBe(true);
});
