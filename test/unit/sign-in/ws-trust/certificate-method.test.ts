/** The method by WS-Trust with the card: shown in TLS, or signing the message. */
import { describe, expect, it } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { parseAddress } from '../../../../src/sign-in/address.js';
import { createTrustRule } from '../../../../src/sign-in/trust-rule.js';
import { certificateMethod } from '../../../../src/sign-in/ws-trust/certificate-method.js';
import { failure } from '../../../support/failure.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { signInBy } from '../../../support/sign-in-by.js';
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
    const token = await signInBy(certificateMethod, input);
    expect(token.value.reveal()).toBe('cwt=the-token');
    const [request] = sentTo('/certificatetransport');
    expect(request?.url.host).toBe('sts.lab.test:49443');
    expect(request?.identity).toBe(rsa);
    // A server that asks late may have it once more.
    expect(request?.repeatable).toBe(true);
    expect(String(request?.body)).not.toContain('Security ');
    const posted = sentTo('/PassiveAuth.aspx')[1];
    if (!posted) throw new Error('nothing was posted');
    expect(field(posted, 'wresult')).toContain(`>${ASSERTION}<`);
    expect(field(posted, 'wa')).toBe('wsignin1.0');
    expect(field(posted, 'wctx')).toContain('id=passive');
  });

  it('shows the card in TLS to nobody else', async () => {
    const { input, sent } = service([TRANSPORT], { '/2005/certificatetransport': issued('2005') });
    await signInBy(certificateMethod, input);
    expect(sent.filter(({ identity }) => identity !== undefined).map(({ url }) => url.host)).toEqual(['sts.lab.test:49443']);
  });

  it('signs with the card where only that is offered', async () => {
    const { input, sent, sentTo } = service([MIXED], { '/13/certificatemixed': issued('13') });
    await signInBy(certificateMethod, input);
    expect(judgeSignedEnvelope(String(sentTo('/certificatemixed')[0]?.body))).toMatchObject({ hash: 'sha1', reference: 'direct' });
    expect(sent.every(({ identity }) => identity === undefined)).toBe(true);
  });

  it('signs with SHA-256 where the policy says so', async () => {
    const { input, sentTo } = service([{ ...MIXED, suite: 'Basic256Sha256' }], { '/13/certificatemixed': issued('13') });
    await signInBy(certificateMethod, input);
    expect(judgeSignedEnvelope(String(sentTo('/certificatemixed')[0]?.body)).hash).toBe('sha256');
  });

  it('names the certificate by its thumbprint, once, after a security fault', async () => {
    const taken: string[] = [];
    const route: Route = ({ body }) => {
      taken.push(judgeSignedEnvelope(String(body)).reference);
      return taken.length === 1 ? { status: 500, body: faultAnswer('InvalidSecurity', 'no') } : issued('13')();
    };
    await signInBy(certificateMethod, service([MIXED], { '/13/certificatemixed': route }).input);
    expect(taken).toEqual(['direct', 'thumbprint']);

    const stubborn = service([MIXED], { '/13/certificatemixed': () => ({ status: 500, body: faultAnswer('InvalidSecurity', 'never') }) });
    expect((await failure(signInBy(certificateMethod, stubborn.input))).message).toContain('never');
    expect(stubborn.sentTo('/certificatemixed')).toHaveLength(2);
  });

  it('does not sign again for a card that is not accepted', async () => {
    const { input, sentTo } = service([MIXED], {
      '/13/certificatemixed': () => ({ status: 500, body: faultAnswer('FailedAuthentication', 'ID3242') }),
    });
    expect((await failure(signInBy(certificateMethod, input))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
    expect(sentTo('/certificatemixed')).toHaveLength(1);
  });

  it.each(['ADDON_MISSING', 'NETWORK', 'TIMEOUT', 'TLS_UNTRUSTED', 'RESPONSE_TOO_LARGE', 'CLIENT_CERTIFICATE_REFUSED'] as const)(
    'signs when TLS with the card fails: %s',
    async (code) => {
      const fails: Route = () => {
        throw new LyncauthError(code, 'it fails');
      };
      const { input, sentTo, told } = service([TRANSPORT, MIXED], { '/certificatetransport': fails, '/13/certificatemixed': issued('13') });
      await signInBy(certificateMethod, input);
      expect(sentTo('/certificatemixed')).toHaveLength(1);
      expect(told.join('\n')).toMatch(/certificatetransport failed \(.*it fails\)/);
    },
  );

  it.each([
    ['PIN_INCORRECT', TRANSPORT],
    ['CARD_REMOVED', TRANSPORT],
    ['INTERRUPTED', TRANSPORT],
  ] as const)('ends at once on %s', async (code, offered) => {
    const fails: Route = () => {
      throw new LyncauthError(code, 'it fails');
    };
    const { input, sentTo } = service([offered, MIXED], { '/certificatetransport': fails });
    expect((await failure(signInBy(certificateMethod, input))).code).toBe(code);
    expect(sentTo('/certificatemixed')).toHaveLength(0);
  });

  it('signs nothing once the time of all servers together is used up, and does not blame the port', async () => {
    const used: Route = () => {
      throw new LyncauthError('TIMEOUT', 'the whole sign-in took longer', { hint: 'use --timeout', details: { timeBudget: 300 } });
    };
    const { input, sentTo } = service([TRANSPORT, MIXED], { '/certificatetransport': used });
    expect(await failure(signInBy(certificateMethod, input))).toMatchObject({
      message: 'the whole sign-in took longer',
      hint: 'use --timeout',
    });
    expect(sentTo('/certificatemixed')).toHaveLength(0);
  });

  it('takes a fault of AD FS at certificatetransport for its last word', async () => {
    const { input, sentTo } = service([TRANSPORT, MIXED], {
      '/certificatetransport': () => ({ status: 500, body: faultAnswer('FailedAuthentication', 'no') }),
    });
    expect((await failure(signInBy(certificateMethod, input))).code).toBe('CERTIFICATE_NOT_ACCEPTED');
    expect(sentTo('/certificatemixed')).toHaveLength(0);
  });

  it('lets an EC card sign in where TLS is offered, and says why it cannot where it is not', async () => {
    const { input } = service([TRANSPORT, MIXED], { '/2005/certificatetransport': issued('2005') }, ec);
    expect((await signInBy(certificateMethod, input)).value.reveal()).toBe('cwt=the-token');
    const error = await failure(signInBy(certificateMethod, service([MIXED], {}, ec).input));
    expect(error).toMatchObject({ code: 'METHOD_NOT_OFFERED', hint: expect.stringContaining('--method passive') });
    expect(error.message).toContain('not an RSA key');
  });

  it('says what is missing when nothing fits, and refuses endpoints of another host', async () => {
    const nothing = service([{ path: '13/usernamemixed' }], {});
    expect(await failure(signInBy(certificateMethod, nothing.input))).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
      details: { offered: ['13/usernamemixed'] },
    });
    const foreign = service([{ ...MIXED, origin: 'https://evil.test' }], {});
    const error = await failure(signInBy(certificateMethod, foreign.input));
    expect(error.code).toBe('DOMAIN_UNTRUSTED');
    expect(error.message).toContain('https://evil.test');
    expect(foreign.sent.some(({ url }) => url.host === 'evil.test')).toBe(false);
  });

  it('takes the word of the sign-in service for its own certauth host: no more is asked about that', async () => {
    const asked: string[] = [];
    const confirm = async (host: string) => asked.push(host) > 0;
    const trust = createTrustRule(parseAddress('alice@contoso.test'), { trustDomains: ['pool.lab.test'], confirm });
    const certauth = { ...TRANSPORT, origin: 'https://certauth.sts.lab.test' };
    const { input, sent } = service([certauth], { '/2005/certificatetransport': issued('2005') }, rsa, { trust });
    await signInBy(certificateMethod, input);
    expect(asked).toEqual(['sts.lab.test']);
    expect(sent.filter(({ identity }) => identity !== undefined).map(({ url }) => url.host)).toEqual(['certauth.sts.lab.test']);
  });

  it('sends nothing to a sign-in service that the trust rule does not know', async () => {
    const trust = createTrustRule(parseAddress('alice@contoso.test'), { trustDomains: ['pool.lab.test'] });
    const { input, sent } = service([TRANSPORT], {}, rsa, { trust });
    expect((await failure(certificateMethod.prepare(input))).code).toBe('DOMAIN_UNTRUSTED');
    expect(sent.some(({ url }) => url.host.includes('sts.'))).toBe(false);
  });

  it('finds out with nothing that proves anything where the proof would go, and asks the pool only once', async () => {
    const { input, sent, sentTo } = service([TRANSPORT], { '/2005/certificatetransport': issued('2005') });
    const signIn = await certificateMethod.prepare(input);
    expect(sent.map(({ method, url, identity }) => [method, url.pathname, identity])).toEqual([
      ['GET', '/PassiveAuth/PassiveAuth.aspx', undefined],
      ['GET', '/adfs/services/trust/mex', undefined],
    ]);
    await signIn(input);
    expect(sentTo('/PassiveAuth.aspx').map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it.each(['urn:federation:MicrosoftOnline', 'https://sharepoint.evil.test/_trust/'])(
    'is not offered where the pool wants a token for %s; that is seen before there is a PIN',
    async (realm) => {
      const away = `${STS}/adfs/ls/?wa=wsignin1.0&wtrealm=${encodeURIComponent(realm)}`;
      const { input, sent } = service(
        [TRANSPORT, MIXED],
        { '/PassiveAuth/PassiveAuth.aspx': () => ({ status: 302, headers: { location: away } }) },
        rsa,
        {
          trust: createTrustRule(parseAddress('alice@lab.test'), { trustDomains: [] }),
        },
      );
      expect(await failure(certificateMethod.prepare(input))).toMatchObject({ code: 'METHOD_NOT_OFFERED' });
      expect(sent.map(({ url }) => url.host)).toEqual(['pool.lab.test']);
    },
  );

  it('needs a card and a passive page', () => {
    const { input } = service([], {});
    expect(certificateMethod.unavailable(input)).toBeUndefined();
    expect(certificateMethod.unavailable({ ...input, identity: undefined })).toBe('it needs a card');
    expect(certificateMethod.unavailable({ ...input, passiveUrl: undefined })).toContain('passive sign-in page');
  });

  it('tells nothing secret', async () => {
    const { input, told } = service([TRANSPORT, MIXED], { '/2005/certificatetransport': issued('2005') });
    await signInBy(certificateMethod, input);
    expect(told.join('\n')).not.toMatch(/saml|FedAuth|the-token|id=passive/);
  });
});
