/** The WS-Trust methods against the practice organisation, which verifies messages and tokens with code of its own. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../../src/http/client.js';
import { accounts } from '../../../../src/lab/accounts.js';
import { Secret } from '../../../../src/secret.js';
import { PASSIVE_GRANT, PASSWORD_GRANT, requestToken } from '../../../../src/sign-in/oauth.js';
import type { MethodInput } from '../../../../src/sign-in/types.js';
import { certificateMethod } from '../../../../src/sign-in/ws-trust/certificate-method.js';
import { passwordMethod } from '../../../../src/sign-in/ws-trust/password-method.js';
import type { ClientIdentity } from '../../../../src/signer.js';
import { failure } from '../../../support/failure.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { usePracticeHosts } from '../../../support/practice-hosts.js';
import { signInBy } from '../../../support/sign-in-by.js';
import { softwareIdentity } from '../../../support/software-identity.js';

const hosts = usePracticeHosts();
let http: HttpClient;
let told: string[] = [];

beforeAll(() => {
  http = createHttpClient({ caFile: hosts.caFile, env: {}, timeoutMs: 20_000 });
});
afterAll(() => http.close());

beforeEach(() => {
  told = [];
});

async function inputWith(more: Partial<MethodInput>): Promise<MethodInput> {
  const tokenUrl = new URL('/WebTicket/oauthtoken', hosts.pool);
  const now = () => new Date();
  const { passiveUrl } = await requestToken(http, tokenUrl, { grant_type: PASSIVE_GRANT }, { now });
  return {
    http,
    log: { verbose: (text) => told.push(text), trace: () => {} },
    address: { text: 'alice@lab.test', user: 'alice', domain: 'lab.test' },
    trust: { assertTrusted: async () => {} },
    tokenUrl,
    grants: [PASSIVE_GRANT, PASSWORD_GRANT],
    passiveUrl,
    identity: undefined,
    password: undefined,
    now,
    ...more,
  };
}

async function byCard(identity: ClientIdentity = hosts.card('alice', { kind: 'rsa2048' })) {
  return await signInBy(certificateMethod, await inputWith({ identity }));
}

describe('the certificate method at the practice organisation', () => {
  it.each([
    ['signed', 'ws-trust=mixed'],
    ['signed with SHA-256', 'ws-trust=mixed,ws-trust-sha256'],
    ['naming the certificate by its thumbprint', 'ws-trust=mixed,token-reference=thumbprint'],
    ['naming the certificate by reference', 'ws-trust=mixed,token-reference=direct'],
    ['of WS-Trust 1.3', 'ws-trust=13'],
  ])('signs in with a request that is %s', async (_, faults) => {
    hosts.faults(faults.split(','));
    const { value, expiresAt } = await byCard();
    expect(value.reveal()).not.toBe('');
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it.each(['rsa2048', 'p256'] as const)(
    'shows a card with a key of the kind %s in TLS where that is offered, to the certificate host alone',
    async (kind) => {
      const before = hosts.log().length;
      expect((await byCard(hosts.card('alice', { kind }))).value.reveal()).not.toBe('');
      const shown = hosts
        .log()
        .slice(before)
        .filter((entry) => entry.event === 'http' && entry.certificate !== undefined);
      expect(shown).toMatchObject([{ host: 'certificate', path: '/adfs/services/trust/2005/certificatetransport', account: 'LAB\\alice' }]);
    },
  );

  it('says so when AD FS offers nothing for cards', async () => {
    hosts.faults(['ws-trust=none']);
    expect((await failure(byCard())).code).toBe('METHOD_NOT_OFFERED');
    hosts.faults(['ws-trust=username']);
    expect((await failure(byCard())).code).toBe('METHOD_NOT_OFFERED');
  });

  it('tells whose card AD FS does not accept', async () => {
    hosts.faults(['ws-trust=mixed']);
    const stranger = softwareIdentity(createAuthority('Somebody else').issuer, { kind: 'rsa2048' });
    expect(await failure(byCard(stranger))).toMatchObject({ code: 'CERTIFICATE_NOT_ACCEPTED', message: expect.stringContaining('ID3242') });
    expect((await failure(byCard(hosts.card(null, { kind: 'rsa2048' })))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
  });

  it('tells a token that the pool does not take from a card that AD FS does not take', async () => {
    hosts.faults(['ws-trust=mixed', 'pool-rejects']);
    expect((await failure(byCard())).code).toBe('SIGN_IN_REFUSED');
  });

  it('says why an EC card cannot sign', async () => {
    hosts.faults(['ws-trust=mixed']);
    expect((await failure(byCard(hosts.card('alice', { kind: 'p256' })))).message).toContain('not an RSA key');
  });
});

describe('the password method at the practice organisation', () => {
  const of = (password: string, account = 'alice@lab.test') => ({ account, secret: new Secret(password) });
  const byPassword = async (...password: Parameters<typeof of>) =>
    await signInBy(passwordMethod, await inputWith({ password: of(...password) }));
  const right = accounts.find(({ name }) => name.endsWith('alice'))?.password ?? '';

  it('signs in at the pool where that takes passwords', async () => {
    expect((await byPassword(right)).value.reveal()).not.toBe('');
    expect(told).toEqual([]);
  });

  it.each(['', 'two-factor'])('takes the name that the account has in its domain: %s', async (fault) => {
    hosts.faults(fault === '' ? [] : [fault]);
    expect((await byPassword(right, 'LAB\\alice')).value.reveal()).not.toBe('');
  });

  it('signs in by usernamemixed where the pool does not take the passwords that it says it takes', async () => {
    hosts.faults(['two-factor']);
    expect((await byPassword(right)).value.reveal()).not.toBe('');
    expect(told.join('\n')).toContain('takes no password');
  });

  it.each(['two-factor', 'password-only'])('is refused with a wrong password: %s', async (fault) => {
    const input = await inputWith({ password: of('wrong') });
    hosts.faults([fault]);
    const error = await failure(signInBy(passwordMethod, input));
    expect(error.code).toBe('SIGN_IN_REFUSED');
    expect(error.message).toContain('user name or the password');
  });
});
