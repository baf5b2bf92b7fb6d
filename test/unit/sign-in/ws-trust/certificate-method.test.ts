import { describe, expect, it } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { certificateMethod } from '../../../../src/sign-in/ws-trust/certificate-method.js';
import { failure } from '../../../support/failure.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { judgeSignedEnvelope } from '../../../support/signed-envelope.js';
import { softwareIdentity } from '../../../support/software-identity.js';
import {
  ASSERTION,
  faultAnswer,
  field,
  metadata,
  type Offered,
  pretendService,
  type Route,
  STS,
  tokenAnswer,
} from '../../../support/ws-trust-service.js';

const { issuer } = createAuthority();
const rsa = softwareIdentity(issuer, { kind: 'rsa2048' });
const ec = softwareIdentity(issuer, { kind: 'p256' });
const TRANSPORT: Offered = { path: '2005/certificatetransport', origin: `${STS}:49443` };
const MIXED: Offered = { path: '13/certificatemixed' };
const issued = (version: '2005' | '13') => () => ({ status: 200, body: tokenAnswer(version) });

function service(offered: readonly Offered[], routes: Record<string, Route>, identity = rsa, input = {}) {
  return pretendService({ '/trust/mex': () => ({ status: 200, body: metadata(offered) }), ...routes }, { identity, ...input });
}

describe('the certificate method', () => {
  it('shows the card in TLS where that is offered, and posts the token to the pool', async () => {
    const { input, sentTo } = service([MIXED, TRANSPORT], { '/2005/certificatetransport': issued('2005') });
    const token = await certificateMethod.signIn(input);
    expect(token.value.reveal()).toBe('cwt=the-token');
    const [request] = sentTo('/certificatetransport');
    expect(request?.url.host).toBe('sts.lab.test:49443');
    expect(request?.identity).toBe(rsa);
    expect(String(request?.body)).not.toContain('Security ');
    const posted = sentTo('/PassiveAuth.aspx')[1];
    if (!posted) throw new Error('nothing was posted');
    expect(field(posted, 'wresult')).toContain(`>${ASSERTION}<`);
    expect(field(posted, 'wa')).toBe('wsignin1.0');
    expect(field(posted, 'wctx')).toContain('id=passive');
  });

  it('shows the card in TLS to nobody else', async () => {
    const { input, sent } = service([TRANSPORT], { '/2005/certificatetransport': issued('2005') });
    await certificateMethod.signIn(input);
    expect(sent.filter(({ identity }) => identity !== undefined).map(({ url }) => url.host)).toEqual(['sts.lab.test:49443']);
  });

  it('signs with the card where only that is offered', async () => {
    const { input, sent, sentTo } = service([MIXED], { '/13/certificatemixed': issued('13') });
    await certificateMethod.signIn(input);
    expect(judgeSignedEnvelope(String(sentTo('/certificatemixed')[0]?.body))).toMatchObject({ hash: 'sha1', reference: 'direct' });
    expect(sent.every(({ identity }) => identity === undefined)).toBe(true);
  });

  it('signs with SHA-256 where the policy says so', async () => {
    const { input, sentTo } = service([{ ...MIXED, suite: 'Basic256Sha256' }], { '/13/certificatemixed': issued('13') });
    await certificateMethod.signIn(input);
    expect(judgeSignedEnvelope(String(sentTo('/certificatemixed')[0]?.body)).hash).toBe('sha256');
  });

  it('names the certificate by its thumbprint, once, after a security fault', async () => {
    const taken: string[] = [];
    const route: Route = ({ body }) => {
      taken.push(judgeSignedEnvelope(String(body)).reference);
      return taken.length === 1 ? { status: 500, body: faultAnswer('InvalidSecurity', 'no') } : issued('13')();
    };
    await certificateMethod.signIn(service([MIXED], { '/13/certificatemixed': route }).input);
    expect(taken).toEqual(['direct', 'thumbprint']);

    const stubborn = service([MIXED], { '/13/certificatemixed': () => ({ status: 500, body: faultAnswer('InvalidSecurity', 'never') }) });
    expect((await failure(certificateMethod.signIn(stubborn.input))).message).toContain('never');
    expect(stubborn.sentTo('/certificatemixed')).toHaveLength(2);
  });

  it('does not sign again for a card that is not accepted', async () => {
    const { input, sentTo } = service([MIXED], {
      '/13/certificatemixed': () => ({ status: 500, body: faultAnswer('FailedAuthentication', 'ID3242') }),
    });
    expect((await failure(certificateMethod.signIn(input))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
    expect(sentTo('/certificatemixed')).toHaveLength(1);
  });

  it.each(['ADDON_MISSING', 'NETWORK', 'TIMEOUT', 'CLIENT_CERTIFICATE_REFUSED'] as const)(
    'signs when TLS with the card fails: %s',
    async (code) => {
      const fails: Route = () => {
        throw new LyncauthError(code, 'it fails');
      };
      const { input, sentTo, told } = service([TRANSPORT, MIXED], { '/certificatetransport': fails, '/13/certificatemixed': issued('13') });
      await certificateMethod.signIn(input);
      expect(sentTo('/certificatemixed')).toHaveLength(1);
      expect(told.join('\n')).toContain('certificatetransport failed (it fails)');
    },
  );

  it.each([
    ['PIN_INCORRECT', TRANSPORT],
    ['CARD_REMOVED', TRANSPORT],
    ['INTERRUPTED', TRANSPORT],
    ['TLS_UNTRUSTED', TRANSPORT],
  ] as const)('ends at once on %s', async (code, offered) => {
    const fails: Route = () => {
      throw new LyncauthError(code, 'it fails');
    };
    const { input, sentTo } = service([offered, MIXED], { '/certificatetransport': fails });
    expect((await failure(certificateMethod.signIn(input))).code).toBe(code);
    expect(sentTo('/certificatemixed')).toHaveLength(0);
  });

  it('takes a fault of AD FS at certificatetransport for its last word', async () => {
    const { input, sentTo } = service([TRANSPORT, MIXED], {
      '/certificatetransport': () => ({ status: 500, body: faultAnswer('FailedAuthentication', 'no') }),
    });
    expect((await failure(certificateMethod.signIn(input))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
    expect(sentTo('/certificatemixed')).toHaveLength(0);
  });

  it('lets an EC card sign in where TLS is offered, and says why it cannot where it is not', async () => {
    const { input } = service([TRANSPORT, MIXED], { '/2005/certificatetransport': issued('2005') }, ec);
    expect((await certificateMethod.signIn(input)).value.reveal()).toBe('cwt=the-token');
    const error = await failure(certificateMethod.signIn(service([MIXED], {}, ec).input));
    expect(error).toMatchObject({ code: 'METHOD_NOT_OFFERED', hint: expect.stringContaining('--method passive') });
    expect(error.message).toContain('not an RSA key');
  });

  it('says what is missing when nothing fits, and refuses endpoints of another host', async () => {
    const nothing = service([{ path: '13/usernamemixed' }], {});
    expect(await failure(certificateMethod.signIn(nothing.input))).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
      details: { offered: ['13/usernamemixed'] },
    });
    const foreign = service([{ ...MIXED, origin: 'https://evil.test' }], {});
    const error = await failure(certificateMethod.signIn(foreign.input));
    expect(error.code).toBe('DOMAIN_UNTRUSTED');
    expect(error.message).toContain('https://evil.test');
    expect(foreign.sent.some(({ url }) => url.host === 'evil.test')).toBe(false);
  });

  it('asks nothing of a certauth host that the trust rule does not know', async () => {
    const trust = {
      assertTrusted: async ({ host }: URL) => {
        if (host.startsWith('certauth.')) throw new LyncauthError('DOMAIN_UNTRUSTED', 'no');
      },
    };
    const { input, sent } = service([{ ...TRANSPORT, origin: 'https://certauth.sts.lab.test' }], {}, rsa, { trust });
    expect((await failure(certificateMethod.signIn(input))).code).toBe('DOMAIN_UNTRUSTED');
    expect(sent.some(({ url }) => url.host.startsWith('certauth.'))).toBe(false);
  });

  it('needs a card and a passive page', () => {
    const { input } = service([], {});
    expect(certificateMethod.unavailable(input)).toBeUndefined();
    expect(certificateMethod.unavailable({ ...input, identity: undefined })).toBe('it needs a card');
    expect(certificateMethod.unavailable({ ...input, passiveUrl: undefined })).toContain('passive sign-in page');
  });

  it('tells nothing secret', async () => {
    const { input, told } = service([TRANSPORT, MIXED], { '/2005/certificatetransport': issued('2005') });
    await certificateMethod.signIn(input);
    expect(told.join('\n')).not.toMatch(/saml|FedAuth|the-token|id=passive/);
  });
});
