/** The method by password: first at the pool, then at AD FS. */
import { describe, expect, it } from 'vitest';
import { PASSIVE_GRANT, PASSWORD_GRANT } from '../../../../src/sign-in/oauth.js';
import { passwordMethod } from '../../../../src/sign-in/ws-trust/password-method.js';
import { descendants, parseXml, textOf } from '../../../../src/sign-in/xml.js';
import { failure } from '../../../support/failure.js';
import { signInBy } from '../../../support/sign-in-by.js';
import {
  faultAnswer,
  field,
  metadata,
  type Offered,
  PASSWORD,
  pretendService,
  type Route,
  tokenAnswer,
} from '../../../support/ws-trust-service.js';

const USERNAME: Offered = { path: '13/usernamemixed' };

function service(offered: readonly Offered[], routes: Record<string, Route> = {}, input = {}) {
  return pretendService(
    { '/trust/mex': () => ({ status: 200, body: metadata(offered) }), ...routes },
    { password: PASSWORD, grants: [PASSIVE_GRANT, PASSWORD_GRANT], ...input },
  );
}

describe('the password method', () => {
  it('asks the pool first, and nobody else when the pool takes passwords', async () => {
    const grant: Route = () => ({ status: 200, body: '{"access_token":"cwt=by-password","expires_in":3600,"token_type":"Bearer"}' });
    const { input, sent } = service([USERNAME], { '/WebTicket/oauthtoken': grant });
    expect((await signInBy(passwordMethod, input)).value.reveal()).toBe('cwt=by-password');
    expect(sent).toHaveLength(1);
    expect(sent[0] && [field(sent[0], 'grant_type'), field(sent[0], 'username'), field(sent[0], 'password')]).toEqual([
      'password',
      PASSWORD.account,
      PASSWORD.secret.reveal(),
    ]);
  });

  it('goes to usernamemixed when the pool takes none', async () => {
    const { input, sentTo, sent, told } = service([USERNAME], { '/13/usernamemixed': () => ({ status: 200, body: tokenAnswer('13') }) });
    expect((await signInBy(passwordMethod, input)).value.reveal()).toBe('cwt=the-token');
    const { root } = parseXml(String(sentTo('/usernamemixed')[0]?.body), 'this test');
    expect(['Username', 'Password'].map((name) => textOf(descendants(root, name)[0]))).toEqual([
      PASSWORD.account,
      PASSWORD.secret.reveal(),
    ]);
    expect(sent.every(({ identity }) => identity === undefined)).toBe(true);
    expect(told.join('\n')).not.toContain('Pa$$');
  });

  it('sees before it has the password where that would go: to AD FS at once, when the pool says that it takes none', async () => {
    const routes = { '/13/usernamemixed': () => ({ status: 200, body: tokenAnswer('13') }) };
    const { input, sent, sentTo } = service([USERNAME], routes, { grants: [PASSIVE_GRANT] });
    const signIn = await passwordMethod.prepare(input);
    expect(sent.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      'GET /PassiveAuth/PassiveAuth.aspx',
      'GET /adfs/services/trust/mex',
    ]);
    await signIn(input);
    expect(sentTo('/PassiveAuth.aspx').map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(sent.filter(({ body }) => String(body).includes('grant_type=password'))).toEqual([]);
    expect(await failure(passwordMethod.prepare(service([], {}, { grants: [PASSIVE_GRANT] }).input))).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
    });
  });

  it('does not try a password again that was refused: accounts are locked after some', async () => {
    const refused: Route = () => ({ status: 400, body: '{"error":"invalid_grant"}' });
    const atPool = service([USERNAME], { '/WebTicket/oauthtoken': refused });
    expect((await failure(signInBy(passwordMethod, atPool.input))).code).toBe('SIGN_IN_REFUSED');
    expect(atPool.sent).toHaveLength(1);

    const atAdFs = service([USERNAME, { path: '2005/usernamemixed' }], {
      '/usernamemixed': () => ({ status: 500, body: faultAnswer('FailedAuthentication', 'ID3242') }),
    });
    const error = await failure(signInBy(passwordMethod, atAdFs.input));
    expect(error).toMatchObject({ code: 'SIGN_IN_REFUSED' });
    expect(error.message).toContain('user name or the password');
    expect(atAdFs.sentTo('/usernamemixed')).toHaveLength(1);
  });

  it('says when neither takes passwords', async () => {
    expect(await failure(signInBy(passwordMethod, service([{ path: '13/certificatemixed' }]).input))).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
    });
    const noPage = service([], {}, { passiveUrl: undefined });
    expect((await failure(signInBy(passwordMethod, noPage.input))).code).toBe('METHOD_NOT_OFFERED');
    expect(noPage.sent).toHaveLength(1);
  });

  it('gives the password to no other host', async () => {
    const { input, sent } = service([{ ...USERNAME, origin: 'https://evil.test' }]);
    expect((await failure(signInBy(passwordMethod, input))).code).toBe('DOMAIN_UNTRUSTED');
    expect(sent.some(({ url }) => url.host === 'evil.test')).toBe(false);
  });

  it('needs a password', async () => {
    const { input } = service([], {}, { password: undefined });
    expect(passwordMethod.unavailable(input)).toBe('it needs a password');
    expect(passwordMethod.unavailable({ ...input, password: PASSWORD, grants: [], passiveUrl: undefined })).toContain('takes no passwords');
    expect(passwordMethod.unavailable({ ...input, password: PASSWORD })).toBeUndefined();
    expect((await failure(signInBy(passwordMethod, input))).code).toBe('METHOD_NOT_OFFERED');
  });
});
